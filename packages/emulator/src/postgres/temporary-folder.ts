// Makes the folder for everything that PostgreSQL writes, in a place where its user can get to it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import type { RunAs } from './unprivileged-user.ts';

/**
 * Only the owner can enter the folder (mode 0700).
 *
 * @throws EmulatorError `POSTGRES_FAILED` when the PostgreSQL user can reach no temporary folder.
 */
export async function createTemporaryFolder(runAs: RunAs | undefined): Promise<string> {
  // Root's temporary folder may be one that only root can enter.
  for (const parent of runAs === undefined ? [tmpdir()] : new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = await mkdtemp(join(parent, 'alloydb-emulator-'));
    if (runAs === undefined) return folder;
    await chown(folder, runAs.uid, runAs.gid);
    if (await canEnter(folder, runAs)) return folder;
    await rm(folder, { recursive: true });
  }
  throw new EmulatorError('POSTGRES_FAILED', 'Cannot run PostgreSQL: its user can enter no temporary folder', {
    hint: 'set TMPDIR to a folder that every user can enter, or run as another user than root',
  });
}

export async function canEnter(folder: string, runAs: RunAs): Promise<boolean> {
  const child = spawn('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...runAs });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
