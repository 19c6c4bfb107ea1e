// The Go program of this folder: built once, then run as a process of its own for each case.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, type Login } from './session-program.ts';

const execute = promisify(execFile);
const source = join(import.meta.dirname, 'go');
const runLimitMs = 90_000;

export interface Failure {
  /** The connector's class of the error. */
  readonly kind: 'config' | 'refresh' | 'dial' | 'other';
  readonly text: string;
  /** What Google's client library has read from an error answer of the Admin API. */
  readonly api?: {
    readonly httpStatus: number;
    readonly message: string;
    readonly reason: string;
    readonly domain: string;
    readonly metadata: Readonly<Record<string, string>> | null;
  };
  readonly sqlState?: string;
}

/** One line of JSON on the program's standard output. */
export type Report =
  | { readonly logins: readonly Login[]; readonly error?: undefined }
  | { readonly error: Failure; readonly logins?: undefined };

export type Build =
  | { readonly is: 'built'; readonly program: GoProgram }
  /** Something is missing that not every machine has. */
  | { readonly is: 'impossible'; readonly reason: string };

/**
 * Builds the program with the machine's Go, in a temporary folder.
 *
 * @throws when its sources do not compile, or a module is not the one that go.sum names.
 */
export async function buildGoProgram(): Promise<Build> {
  try {
    await execute('go', ['version']);
  } catch {
    return { is: 'impossible', reason: 'Go is not installed: "go version" fails' };
  }
  try {
    await execute('go', ['mod', 'download'], { cwd: source });
  } catch (error) {
    // A module that has been changed is no reason to look away.
    if (/checksum mismatch|SECURITY ERROR/.test(String(error))) throw error;
    return { is: 'impossible', reason: 'the Go modules cannot be loaded: "go mod download" fails in interop/go' };
  }
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-interop-'));
  const path = join(folder, process.platform === 'win32' ? 'program.exe' : 'program');
  try {
    // Without cgo no C compiler is needed.
    const env = { ...process.env, CGO_ENABLED: '0' };
    await execute('go', ['build', '-buildvcs=false', '-o', path, '.'], { cwd: source, env });
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
  return { is: 'built', program: new GoProgram(folder, path) };
}

export class GoProgram implements AsyncDisposable {
  /** The temporary folder, for files that go with the program. */
  readonly folder: string;
  readonly #path: string;

  constructor(folder: string, path: string) {
    this.folder = folder;
    this.#path = path;
  }

  async run(args: readonly string[], password = ''): Promise<Report> {
    const env = { ...cleanEnvironment(), INTEROP_PASSWORD: password };
    const { stdout } = await execute(this.#path, args, { env, timeout: runLimitMs });
    return JSON.parse(stdout) as Report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
