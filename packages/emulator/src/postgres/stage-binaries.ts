// Copies the embedded PostgreSQL to a folder where its user can run it.

import {
  chmod,
  chown,
  constants,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { RunAs } from './unprivileged-user.ts';

const FOLDERS = ['bin', 'lib', 'share'];
// Only needed to compile against PostgreSQL.
const UNNEEDED = /\.a$|^pkgconfig$/;

/**
 * `native` holds bin, lib and share, which find each other by their places; so they are copied together. The folders belong
 * to the user that runs PostgreSQL: it removes them when the emulator was killed.
 */
export async function stageBinaries(native: string, target: string, owner?: RunAs): Promise<void> {
  await makeFolder(target, owner);
  await Promise.all(
    FOLDERS.map(async (name) =>
      copyFolder(join(native, name), join(target, name), { executable: name === 'bin', owner }),
    ),
  );
  await restoreLinks(native, target);
}

interface CopyOptions {
  readonly executable: boolean;
  readonly owner: RunAs | undefined;
}

async function copyFolder(from: string, to: string, options: CopyOptions): Promise<void> {
  await makeFolder(to, options.owner);
  const entries = (await readdir(from, { withFileTypes: true })).filter(({ name }) => !UNNEEDED.test(name));
  await Promise.all(
    entries.map(async (entry) => {
      const source = join(from, entry.name);
      const copy = join(to, entry.name);
      if (entry.isDirectory()) await copyFolder(source, copy, options);
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy);
      else await placeFile(source, copy, options.executable ? 0o755 : 0o644);
    }),
  );
}

async function makeFolder(path: string, owner: RunAs | undefined): Promise<void> {
  await mkdir(path);
  // The umask may have taken the rights of others, of whom PostgreSQL's user is one.
  await chmod(path, 0o755);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}

/** A hard link costs nothing, but shares its mode with the original: good only where that is right already. */
async function placeFile(source: string, copy: string, mode: number): Promise<void> {
  const original = await stat(source);
  if ((original.mode & mode) === mode) {
    const linked = await link(source, copy).then(
      () => true,
      // Another file system, or one without links: the copy below is as good.
      () => false,
    );
    if (linked) return;
  }
  await copyFile(source, copy, constants.COPYFILE_FICLONE);
  await chmod(copy, mode);
}

/** npm packages hold no symbolic links; an install script makes them from this list, where scripts may run. */
async function restoreLinks(native: string, target: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target: name } of links) {
    const place = join(target, relative('native', name));
    await symlink(relative(dirname(name), source), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new Error(`Cannot link ${basename(place)}: ${error.message}`, { cause: error });
    });
  }
}
