// The mounts that this process sees, as the kernel lists them: looking there, unlike at the folder, asks no file system.

import { readFile } from 'node:fs/promises';

/** How these mounts are told from others. */
export const MOUNT_TYPE = 'fuse.alloydb-auth-proxy';

export interface MountEntry {
  /** Number of the mount, different for each that is there at one time. */
  readonly id: number;
  readonly type: string;
}

/** The mount that somebody who opens the folder meets; undefined when the folder is none. */
export async function findMount(folder: string): Promise<MountEntry | undefined> {
  return topMount(await readFile('/proc/self/mountinfo', 'utf8'), folder);
}

/**
 * Rows are `ID PARENT MAJOR:MINOR ROOT FOLDER OPTIONS [TAG…] - TYPE SOURCE OPTIONS` (proc_pid_mountinfo(5)). Of several on one
 * folder the last one lies on top.
 */
export function topMount(mountInfo: string, folder: string): MountEntry | undefined {
  const found = mountInfo
    .split('\n')
    .map((row) => row.split(' '))
    .findLast(([, , , , at = '']) => unescape(at) === folder);
  if (found === undefined) return undefined;
  return { id: Number(found[0]), type: found[found.indexOf('-') + 1] ?? '' };
}

/** Blanks and backslashes stand there as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}
