// A Windows of its own for one test: a Wine prefix in a temporary folder, and the executable in it.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

const compiler = 'x86_64-w64-mingw32-gcc';
const built = join('dist-executables', 'alloydb-auth-proxy-windows-x64.exe');

/** What is missing here to run programs of Windows; false when nothing is. */
export function skipWithoutWine(): string | false {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Wine is used on Linux x64 alone';
  const missing = ['wine', 'wineserver', compiler].filter((name) => spawnSync(name, ['--version']).error !== undefined);
  return missing.length === 0
    ? false
    : `${missing.join(' and ')} missing: apt-get install wine wine64 gcc-mingw-w64-x86-64-win32`;
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

export class Wine implements AsyncDisposable {
  /** The folder of the executable, as Linux names it. */
  readonly folder: string;
  readonly executable: string;
  readonly #root: string;
  readonly #standIns: string;
  readonly #env: NodeJS.ProcessEnv;
  #company: ChildProcess | undefined;
  #runs = 0;

  private constructor(root: string) {
    this.#root = root;
    // A path with a space, as that of every installed program of Windows has one.
    this.folder = join(root, 'Auth Proxy');
    this.executable = join(this.folder, 'alloydb-auth-proxy.exe');
    this.#standIns = join(root, 'stand-ins');
    this.#env = {
      ...process.env,
      WINEPREFIX: join(root, 'prefix'),
      WINEDEBUG: '-all',
      WINEPATH: windowsPath(this.#standIns),
      DISPLAY: '',
    };
  }

  static async start(): Promise<Wine> {
    const wine = new Wine(mkdtempSync(join(tmpdir(), 'alloydb-wine-')));
    try {
      await wine.#prepare();
      return wine;
    } catch (error) {
      await wine[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    mkdirSync(this.folder);
    // Whoever has started a Windows for all tests has built it for all of them.
    if (process.env['ALLOYDB_E2E_WINE'] === undefined) buildExecutable();
    copyFileSync(built, this.executable);
    compile('bcryptprimitives.c', ['-shared', '-o', join(this.folder, 'bcryptprimitives.dll')]);
    compile('service-control.c', ['-o', join(this.folder, 'service-control.exe')]);
    const { code, output } = await this.run('wineboot', '--init');
    assert.equal(code, 0, output);
    // A service manager that is about to end forgets what it is told.
    spawnSync('wineserver', ['--wait'], { env: this.#env, timeout: 60_000 });
    // Wine ends its services some seconds after the last program of its user.
    this.#company = spawn('wine', ['ping', '-n', '3600', '127.0.0.1'], { env: this.#env, stdio: 'ignore' });
  }

  /** Puts a program of this folder before Wine's own of the same name, which cannot do what Windows' does. */
  standIn(name: string): void {
    mkdirSync(this.#standIns, { recursive: true });
    compile(`${name}.c`, ['-o', join(this.#standIns, `${name}.exe`)]);
  }

  /** Where programs of Windows find a file of drive C:, as Linux names it. */
  onDriveC(...names: readonly string[]): string {
    return join(this.#root, 'prefix', 'drive_c', ...names);
  }

  /** The command that starts the executable, in the environment below. */
  get command(): readonly string[] {
    return ['wine', this.executable];
  }

  get environment(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Runs a program of Windows to its end. */
  async run(program: string, ...args: readonly string[]): Promise<Ran> {
    // A file, as nobody waits for its end: what Wine starts beside the program holds its streams for as long as it lives.
    const path = join(this.#root, `output-${(this.#runs += 1)}`);
    const file = openSync(path, 'w');
    const child = spawn('wine', [program, ...args], { env: this.#env, stdio: ['ignore', file, file] });
    const [code] = (await once(child, 'exit')) as [number | null];
    closeSync(file);
    return { code, output: readFileSync(path, 'utf8') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#company?.kill();
    // Ends what runs in this prefix and nothing else.
    spawnSync('wineserver', ['--kill'], { env: this.#env });
    spawnSync('wineserver', ['--wait'], { env: this.#env, timeout: 10_000 });
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The same file as programs in Wine name it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

export function buildExecutable(): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, 'tools/build-executables.ts', '--target', 'windows-x64'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
}

function compile(source: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(compiler, ['-O2', join('e2e/windows', source), ...args, '-ladvapi32'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}
