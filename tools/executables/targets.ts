// The machines that a standalone executable is built for.

export interface Target {
  /** What `--target` takes, and the end of the file's name. */
  readonly name: string;
  /** How Bun's bundler calls it. */
  readonly bunTarget: string;
  /** The npm package that holds Bun's runtime for it. */
  readonly runtimePackage: string;
}

export const TARGETS: readonly Target[] = [
  target('linux-x64', 'linux-x64'),
  target('linux-x64-musl', 'linux-x64-musl'),
  target('linux-arm64', 'linux-aarch64'),
  target('linux-arm64-musl', 'linux-aarch64-musl'),
  target('macos-arm64', 'darwin-aarch64'),
  target('macos-x64', 'darwin-x64'),
  target('windows-x64', 'windows-x64'),
];

function target(name: string, bunName: string): Target {
  return { name, bunTarget: `bun-${bunName}`, runtimePackage: `@oven/bun-${bunName}` };
}

/** Name of the executable of a target: the same in every release, so that links to it stay right. */
export function executableName({ name }: Target): string {
  return `alloydb-auth-proxy-${name}${isWindows({ name }) ? '.exe' : ''}`;
}

/** Where the runtime lies in its npm package. */
export function runtimePath({ name }: Target): string {
  return isWindows({ name }) ? 'bin/bun.exe' : 'bin/bun';
}

/**
 * The targets that the words after `npm run build:executables --` ask for: all, or those of `--target NAME[,NAME…]`.
 *
 * @throws {Error} when a word is not understood.
 */
export function chooseTargets(words: readonly string[]): readonly Target[] {
  if (words.length === 0) return TARGETS;
  const [flag = '', ...rest] = words.flatMap((word) => word.split('='));
  const names = rest.flatMap((word) => word.split(','));
  if (flag !== '--target' || names.length === 0) throw new Error('usage: build-executables [--target NAME[,NAME…]]');
  return names.map((name) => TARGETS.find((each) => each.name === name) ?? unknown(name));
}

function unknown(name: string): never {
  throw new Error(`unknown target "${name}"; there are ${TARGETS.map((each) => each.name).join(', ')}`);
}

export function isWindows({ name }: Pick<Target, 'name'>): boolean {
  return name.startsWith('windows-');
}
