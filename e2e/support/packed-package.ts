// The packages as npm publishes them: built, packed, and installed into a folder of their own.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ProgramEnd, runProgram } from './tools.ts';

export type PackageName = 'connector' | 'proxy' | 'emulator';

export interface PackedPackage {
  readonly tarball: string;
  /** Paths of the files in it. */
  readonly files: readonly string[];
}

/** What npm is a script on, and cannot be started from here. */
export const skipWithoutNpm = process.platform === 'win32' && 'npm is a script there';

const binaries = resolve('node_modules/.bin');
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED/;

/** What the npm around this test sets would send the npm inside it back to this repository. */
export const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix|command)/.test(name)),
  ),
  PATH: `${binaries}:${process.env['PATH'] ?? ''}`,
};

/** Runs one of the repository's programs, which must end well. */
export async function run(program: string, ...args: readonly string[]): Promise<ProgramEnd> {
  const end = await runProgram(program, args, environment);
  assert.equal(end.status, 0, `${program} ${args.join(' ')}\n${end.stdout}${end.stderr}`);
  return end;
}

/**
 * Builds the packages in a copy of the workspace, because other tests may be using the dist/ folders of this one, and
 * packs them into the folder.
 */
export async function packPackages(folder: string): Promise<Readonly<Record<PackageName, PackedPackage>>> {
  const workspace = join(folder, 'workspace');
  await copyWorkspace(workspace);
  const build = await runProgram(process.execPath, [resolve('tools/build.ts')], environment, workspace);
  assert.equal(build.status, 0, build.stdout + build.stderr);
  const pack = async (name: PackageName): Promise<PackedPackage> => {
    const source = join(workspace, 'packages', name);
    const { stdout } = await run('npm', 'pack', source, '--json', '--pack-destination', folder);
    const [report] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    return {
      tarball: join(folder, report?.filename ?? assert.fail('npm packed nothing')),
      files: report?.files.map(({ path }) => path) ?? [],
    };
  };
  return { connector: await pack('connector'), proxy: await pack('proxy'), emulator: await pack('emulator') };
}

async function copyWorkspace(workspace: string): Promise<void> {
  const built = /\/(dist|LICENSE)$/;
  await cp('packages', join(workspace, 'packages'), { recursive: true, filter: (path) => !built.test(path) });
  for (const file of ['package.json', 'tsconfig.json', 'LICENSE']) await cp(file, join(workspace, file));
  const modules = join(workspace, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir('node_modules')) {
    // The workspace's own packages are found in the copy, everything else where it is.
    const own = /^alloydb-(auth-)?(.+)$/.exec(name)?.[2];
    const target = own === undefined ? join('node_modules', name) : join(workspace, 'packages', own);
    await symlink(resolve(target), join(modules, name));
  }
}

/** Paths that a package should not hold: tests, and whatever is neither source nor built from it. */
export function strangersAmong(files: readonly string[]): readonly string[] {
  return files.filter(
    (path) => /\.test\./.test(path) || !/^(dist|src)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
  );
}

/** Installs into a new folder. @returns why it cannot be done here, when the registry is out of reach. */
export async function installPackages(tarballs: readonly string[], home: string): Promise<string | undefined> {
  await mkdir(home);
  await writeFile(join(home, 'package.json'), '{ "name": "app", "private": true }');
  const install = ['install', ...tarballs, '--prefix', home, '--prefer-offline', '--fetch-retries=0', '--no-audit'];
  const { status, stderr } = await runProgram('npm', install, environment);
  if (status !== 0 && unreachable.test(stderr)) return 'the package registry cannot be reached';
  assert.equal(status, 0, stderr);
  return undefined;
}
