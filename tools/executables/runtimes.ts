// Bun's runtime for each target: the installed one for this machine, for others a package that the lock file pins.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runtimePath, type Target } from './targets.ts';

export interface Runtimes {
  /** Folder that keeps what has been fetched. */
  readonly cache: string;
  readonly lockFile: string;
}

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/** The program whose bundler is used, and the runtime of executables for this machine. */
export const installedBun = 'node_modules/bun/bin/bun.exe';

/** Whether npm installed this target's runtime, because it is that of the machine that builds. */
export function isNative({ runtimePackage }: Target): boolean {
  return existsSync(join('node_modules', runtimePackage, 'package.json'));
}

/**
 * Path of a target's runtime. It is fetched from whatever registry npm is configured with, and used only when it is
 * byte for byte what the lock file says.
 *
 * @throws {Error} when it cannot be had, or is not what was pinned.
 */
export function runtimeFor(target: Target, { cache, lockFile }: Runtimes): string {
  if (isNative(target)) return installedBun;
  const { version, integrity } = readLocked(target.runtimePackage, lockFile);
  const folder = join(cache, `${target.bunTarget}-${version}`);
  const runtime = join(folder, 'package', runtimePath(target));
  // The folder gets its name last, so that what carries it has been checked and is whole.
  if (existsSync(runtime)) return runtime;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const tarball = pack(`${target.runtimePackage}@${version}`, unfinished);
  verifyIntegrity(tarball, integrity);
  run('tar', ['-xzf', tarball, '-C', unfinished]);
  rmSync(tarball);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return runtime;
}

/** @throws {Error} when the file's SHA-512 is not the one given in npm's form. */
export function verifyIntegrity(file: string, integrity: string): void {
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} is not what the lock file pins: it has ${found}, not ${integrity}`);
}

function readLocked(name: string, lockFile: string): Locked {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as {
    packages: Readonly<Record<string, Partial<Locked>>>;
  };
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`${lockFile} does not pin ${name}`);
  return { version, integrity };
}

function pack(spec: string, folder: string): string {
  const report = run('npm', ['pack', spec, '--json', '--pack-destination', folder]);
  // npm 11 answers with a list, npm 12 with an object by name.
  const [packed] = Object.values(JSON.parse(report) as Readonly<Record<string, { readonly filename: string }>>);
  if (packed === undefined) throw new Error(`npm packed nothing for ${spec}`);
  return join(folder, packed.filename);
}

function run(program: string, args: readonly string[]): string {
  // npm is a script on Windows; no argument here has anything in it that a shell would read.
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw new Error(`cannot run ${program}: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
  return stdout;
}
