// The lock of a state folder: one emulator at a time, and none that has died.

import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmulatorError, reasonOf } from '../emulator-error.ts';

interface Holder {
  readonly pid: number;
  /** Tells the process from a later one with the same number; where the system does not say, it is empty. */
  readonly startedAt: string;
  readonly since: string;
  readonly nonce: string;
}

export interface FolderLock {
  release(): void;
}

/** @throws EmulatorError `STATE_FOLDER` naming the process that holds it. */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'lock');
  const nonce = randomBytes(9).toString('base64url');
  const own: Holder = {
    pid: process.pid,
    startedAt: startOf(process.pid),
    since: new Date().toISOString(),
    nonce,
  };
  const draft = `${path}.${nonce}`;
  try {
    writeFileSync(draft, `${JSON.stringify(own)}\n`, { mode: 0o600, flag: 'wx' });
    for (;;) {
      if (tookPlace(draft, path)) break;
      const holder = readHolder(path);
      // It went in this moment.
      if (holder === 'none') continue;
      if (holder !== 'unreadable' && isAlive(holder)) throw held(folder, holder);
      moveAway(path, holder);
    }
  } catch (cause) {
    if (cause instanceof EmulatorError) throw cause;
    throw new EmulatorError('STATE_FOLDER', `Cannot lock the state folder "${folder}": ${reasonOf(cause)}`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release: () => {
      const holder = readHolder(path);
      if (typeof holder !== 'string' && holder.nonce === nonce) rmSync(path, { force: true });
    },
  };
}

/** A link is made only where nothing is yet: of two that try, one succeeds. */
function tookPlace(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two that take over from the same dead process, the slower one could move away the lock of the quicker: it puts it back. */
function moveAway(path: string, stale: Holder | 'unreadable'): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (typeof moved !== 'string' && (stale === 'unreadable' || moved.nonce !== stale.nonce)) tookPlace(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | 'none' | 'unreadable' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
  try {
    const { pid, startedAt, since, nonce } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== 'number' || typeof nonce !== 'string') return 'unreadable';
    if (typeof startedAt !== 'string' || typeof since !== 'string') return 'unreadable';
    return { pid, startedAt, since, nonce };
  } catch {
    // A machine that lost its power can leave an empty file.
    return 'unreadable';
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is one, of another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === startedAt;
}

/** When the process began, in the system's own count; Linux tells. */
function startOf(pid: number): string {
  try {
    // The name of the program stands in parentheses, and may hold anything; what follows are numbers.
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return rest.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function held(folder: string, { pid, since }: Holder): EmulatorError {
  const text = `Cannot use the state folder "${folder}": process ${pid} (an alloydb-emulator since ${since}) uses it`;
  return new EmulatorError('STATE_FOLDER', text, { hint: 'stop that one first, or give another folder' });
}
