// Puts another executable in the place of the program, and keeps the one that was there.

import { randomBytes } from 'node:crypto';
import { access, constants, copyFile, link, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { CommandError } from '../cli/command-error.ts';

/** Where one program lies, and what may lie beside it. */
export interface ProgramFiles {
  /** With links resolved: they go on leading to the program. */
  readonly program: string;
  /** The one before. */
  readonly previous: string;
  readonly platform: NodeJS.Platform;
}

/** @throws {CommandError} when it cannot be replaced by this user. */
export async function findProgramFiles(path: string, platform = process.platform): Promise<ProgramFiles> {
  return withoutPaths(async () => {
    const program = await realpath(path);
    const { dir, name, ext } = parse(program);
    // Told before a hundred megabytes have been downloaded.
    await access(dir, constants.W_OK);
    const isExe = ext.toLowerCase() === '.exe';
    return { program, previous: join(dir, isExe ? `${name}.previous${ext}` : `${name}${ext}.previous`), platform };
  });
}

/** A name beside the program that nobody has, for what is not finished. */
export function unfinishedName({ program }: ProgramFiles): string {
  const { dir, base, ext } = parse(program);
  return join(dir, `.${base}.${randomBytes(6).toString('hex')}.new${ext.toLowerCase() === '.exe' ? ext : ''}`);
}

/** Writes an executable that is like the program in owner and permissions. */
export async function writeExecutable(path: string, bytes: Buffer, { program }: ProgramFiles): Promise<void> {
  await withoutPaths(async () => {
    const { mode, uid, gid } = await stat(program);
    // Nobody else has anything to do with it before it is whole.
    const file = await open(path, 'wx', 0o700);
    try {
      await file.writeFile(bytes);
      // Only root can give it to another owner; for whom it is impossible, the owner was the same before.
      if (process.getuid?.() === 0) await file.chown(uid, gid);
      await file.chmod(mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * At each moment there is a whole executable in the program's place, the old one or the new one. On Windows, where what
 * runs can be moved but not replaced, there is none between two renames.
 */
export async function replaceProgram(by: string, files: ProgramFiles): Promise<void> {
  await withoutPaths(() => (files.platform === 'win32' ? moveAside(by, files) : replaceAtOnce(by, files)));
}

/** Puts the one before in the program's place, and the program in that of the one before. */
export async function exchangeWithPrevious(files: ProgramFiles): Promise<void> {
  const comingBack = unfinishedName(files);
  await withoutPaths(() => rename(files.previous, comingBack));
  try {
    await replaceProgram(comingBack, files);
  } catch (error) {
    await withoutPaths(() => rename(comingBack, files.previous));
    throw error;
  }
}

/** Removes what was left behind when such a replacement was killed. */
export async function removeLeftovers({ program }: ProgramFiles, nowMs: number): Promise<void> {
  const { dir, base } = parse(program);
  await withoutPaths(async () => {
    const names = await readdir(dir);
    const left = names.filter((name) => name.startsWith(`.${base}.`) && /\.[0-9a-f]{12}\.new(\.exe)?$/i.test(name));
    for (const path of left.map((name) => join(dir, name))) {
      // A younger one may be somebody's at this very moment.
      if (nowMs - (await stat(path)).ctimeMs > leftoverAgeMs) await rm(path, { force: true });
    }
  });
}

const leftoverAgeMs = 3_600_000;

async function replaceAtOnce(by: string, files: ProgramFiles): Promise<void> {
  const { program, previous } = files;
  const kept = unfinishedName(files);
  try {
    await link(program, kept).catch(() => copyFile(program, kept, constants.COPYFILE_EXCL));
    await rename(kept, previous);
  } finally {
    // Where both were names of one file the rename has done nothing.
    await rm(kept, { force: true });
  }
  await rename(by, program);
}

async function moveAside(by: string, { program, previous }: ProgramFiles): Promise<void> {
  await rm(previous, { force: true });
  await rename(program, previous);
  try {
    await rename(by, program);
  } catch (error) {
    await rename(previous, program);
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left',
  ENOENT: 'its file is not there any more',
  EBUSY: 'one of its files is in use',
  ETXTBSY: 'one of its files is in use',
};

/** What the system says names files of this machine; the reader needs the reason. */
async function withoutPaths<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    const hint = ['EACCES', 'EPERM'].includes(code)
      ? 'run it as the owner of the program and of its folder'
      : 'the program is as it was before';
    throw new CommandError(`cannot replace the program: ${reasons[code] ?? (code || 'unknown error')}`, { hint });
  }
}
