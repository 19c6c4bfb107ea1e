// The folder of `--state-dir`: what is kept of an emulator from start to start, written so that no crash leaves half of it.

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { unprivilegedUser } from '../postgres/unprivileged-user.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import type { SavedState } from './saved-state.ts';

const VERSION = 1;

export interface StateFolder {
  /** Undefined in a folder that is new. */
  readonly saved: SavedState | undefined;
  /** Where PostgreSQL has its data. */
  readonly dataFolder: string;
  /** Writes when it differs from what was written last. @throws EmulatorError `STATE_FOLDER` */
  write(state: SavedState): void;
  release(): void;
}

/** Locked until {@link StateFolder.release}. @throws EmulatorError `STATE_FOLDER` */
export async function openStateFolder(given: string): Promise<StateFolder> {
  const folder = resolve(given);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // PostgreSQL does not run as root: its user has to pass through, but not to look around.
    chmodSync(folder, (await unprivilegedUser()) === undefined ? 0o700 : 0o711);
  } catch (cause) {
    throw new EmulatorError('STATE_FOLDER', `Cannot use the state folder "${folder}": ${reasonOf(cause)}`, { cause });
  }
  const lock = lockFolder(folder);
  try {
    return openLocked(folder, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openLocked(folder: string, lock: FolderLock): StateFolder {
  const path = join(folder, 'state.json');
  const text = readIfThere(path);
  let written = text;
  return {
    saved: text === undefined ? undefined : parse(path, text),
    dataFolder: join(folder, 'postgres', 'data'),
    write: (state) => {
      const now = `${JSON.stringify({ version: VERSION, ...state })}\n`;
      if (now === written) return;
      replace(path, now);
      written = now;
    },
    release: () => lock.release(),
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EmulatorError('STATE_FOLDER', `Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
}

function parse(path: string, text: string): SavedState {
  const hint = 'move the folder away to begin anew';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EmulatorError('STATE_FOLDER', `Cannot use "${path}": it is not JSON`, { cause, hint });
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== VERSION) {
    const reason = `it was written by another version (${JSON.stringify(version)} and not ${VERSION})`;
    throw new EmulatorError('STATE_FOLDER', `Cannot use "${path}": ${reason}`, { hint });
  }
  // Nobody but an emulator writes there.
  return value as SavedState;
}

/** The new file is on the disk as a whole before it takes the name of the old one. */
function replace(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    const file = openSync(draft, 'w', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    throw new EmulatorError('STATE_FOLDER', `Cannot write "${path}": ${reasonOf(cause)}`, { cause });
  }
}
