// Data of PostgreSQL that stays from start to start: whose it is, who may enter, and whether it can be used now.

import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import type { Binaries } from './binaries.ts';
import { canEnter } from './temporary-folder.ts';
import type { RunAs } from './unprivileged-user.ts';

// The guardian of an emulator that was killed needs a moment to stop its PostgreSQL.
const ATTEMPTS = 150;
const PAUSE_MS = 100;

/** `path` is the data folder; its parent is made, for the user of PostgreSQL alone. @throws EmulatorError `STATE_FOLDER` */
export async function prepareKeptData(
  path: string,
  { binaries, runAs }: { readonly binaries: Binaries; readonly runAs: RunAs | undefined },
): Promise<void> {
  const parent = dirname(path);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await chmod(parent, 0o700);
    if (runAs !== undefined) await chown(parent, runAs.uid, runAs.gid);
  } catch (cause) {
    throw new EmulatorError('STATE_FOLDER', `Cannot use "${parent}" for PostgreSQL: ${reasonOf(cause)}`, { cause });
  }
  if (runAs !== undefined && !(await canEnter(parent, runAs))) {
    throw new EmulatorError(
      'STATE_FOLDER',
      `Cannot use "${parent}" for PostgreSQL: its user (${runAs.uid}) cannot get there`,
      { hint: 'choose a folder whose parents every user can enter, or run as another user than root' },
    );
  }
  await checkVersion(path, binaries);
  for (let attempt = 1; attempt <= ATTEMPTS && (await isInUse(path)); attempt += 1) await delay(PAUSE_MS);
}

async function checkVersion(path: string, { version }: Binaries): Promise<void> {
  const kept = await readFile(join(path, 'PG_VERSION'), 'utf8').catch(() => undefined);
  const major = /\) (\d+)/.exec(version)?.[1];
  if (kept === undefined || major === undefined || kept.trim() === major) return;
  const text = `Cannot use the data in "${path}": PostgreSQL ${kept.trim()} has written it, and this is ${version}`;
  throw new EmulatorError('STATE_FOLDER', text, {
    hint: `use a PostgreSQL ${kept.trim()}, or another folder`,
  });
}

/** By the process that postmaster.pid names. Whether it is one still, PostgreSQL finds out better. */
async function isInUse(path: string): Promise<boolean> {
  const text = await readFile(join(path, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
