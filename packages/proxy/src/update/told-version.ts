// The version that an executable says it is: the proof that it is what it is taken for, and that it runs here.

import { execFile } from 'node:child_process';
import { CommandError } from '../cli/command-error.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { parseVersion, type Version } from './version-order.ts';

const limitMs = 60_000;

/** @throws {CommandError} when it says nothing that is a version. */
export async function toldVersion(path: string): Promise<Version> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024, windowsHide: true } as const;
  execFile(path, ['--version'], options, (error, stdout) => resolve(error === null ? stdout : ''));
  const [, text = ''] = new RegExp(`^${PROGRAM} version (\\S+)\\r?\\n$`).exec(await promise) ?? [];
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new CommandError('the executable does not run on this machine', {
    hint: 'the program is as it was before; see whether there is a release for this machine',
  });
}
