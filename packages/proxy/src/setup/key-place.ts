// The place of a key file: what is there, who may get at it, and how a key is put there so that none is ever half written.

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shellWord } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import { codeOf } from '../proxy/listen.ts';
import { type KeyFields, readKeyFields } from './new-key.ts';

export type KeyPlace =
  | { readonly is: 'free' }
  | { readonly is: 'key'; readonly key: KeyFields }
  /** Something else, which is not to be lost. */
  | { readonly is: 'taken' };

/** What a key would be put in the place of. */
export async function lookAt(path: string): Promise<KeyPlace> {
  try {
    // A pipe would be read for ever.
    if (!(await stat(path)).isFile()) return { is: 'taken' };
    const key = readKeyFields(await readFile(path, 'utf8'));
    return key === undefined ? { is: 'taken' } : { is: 'key', key };
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(error)) ? { is: 'free' } : { is: 'taken' };
  }
}

/** To be asked before anything is changed. @throws {CommandError} when no key can be put there. */
export async function requireFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(codeOf(cause));
    const why = isMissing ? `there is no folder ${folder}` : fileReason(cause);
    const hint = isMissing
      ? `make it for you alone: install -d -m 0700 ${shellWord(folder)}`
      : 'run it as the owner of the folder, or name another place with --key-file PATH';
    throw new CommandError(`cannot write a key to ${path}: ${why}`, { hint });
  }
}

/** Whether users besides its owner can put another file into the place of the key. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const { mode } = await stat(dirname(path));
  const isSticky = (mode & 0o1000) !== 0;
  return (mode & 0o022) !== 0 && !isSticky;
}

export interface FileLooks {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** @throws {CommandError} for a file that is there, unless it may be replaced. */
export async function putKey(path: string, text: string, { replace }: { readonly replace: boolean }): Promise<void> {
  await write(path, text, undefined, (draft) => (replace ? rename(draft, path) : linkOnce(draft, path)));
}

/** Mode and owner stay as they were. @throws {CommandError}; then the old one is still there. */
export async function exchangeKey(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  await write(path, text, { mode: mode & 0o7777, uid, gid }, (draft) => rename(draft, path));
}

async function write(
  path: string,
  text: string,
  looks: FileLooks | undefined,
  settle: (draft: string) => Promise<void>,
): Promise<void> {
  // Beside it, because only within one file system the last step is a single one.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (looks !== undefined) {
        // Only root can give it to another owner; who cannot is told, rather than left with a file of another's.
        const own = await file.stat();
        if (own.uid !== looks.uid || own.gid !== looks.gid) await file.chown(looks.uid, looks.gid);
        await file.chmod(looks.mode);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await settle(draft);
    await syncFolder(dirname(path));
  } catch (cause) {
    const isThere = codeOf(cause) === 'EEXIST';
    throw new CommandError(
      `cannot write the key to ${path}: ${isThere ? 'a file is there by now' : fileReason(cause)}`,
      {
        hint: isThere ? 'name another place with --key-file PATH' : 'run it as the owner of the file and of its folder',
      },
    );
  } finally {
    // A failure here would say that the key is not in its place, which it may be.
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Fails when a file is there: a rename would replace it. */
async function linkOnce(draft: string, path: string): Promise<void> {
  await link(draft, path).catch(async (error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw error;
    // Some file systems have no links.
    await copyFile(draft, path, constants.COPYFILE_EXCL);
  });
}

/** So that the name, too, is still there after a power cut; Windows opens no folders. Never fails: the key is in its place. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not every file system can, and who may write to a folder may not always read it.
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
};

/** Why a file could not be read or written, without its path. */
export function fileReason(error: unknown): string {
  const code = codeOf(error) || 'unknown error';
  return reasons[code] ?? code;
}
