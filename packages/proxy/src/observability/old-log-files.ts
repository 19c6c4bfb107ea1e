// The files that a log has filled: how they are named, and which of them have to go.

import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** What may be kept beside the file that is written to. */
export interface KeptLogFiles {
  readonly maxOldFiles: number;
  /** Milliseconds since the last line of an old file. */
  readonly maxAgeMs: number;
}

/** `proxy.log` becomes `proxy-2026-11-24T15-04-05.123.log`: sorted by name they are sorted by age, and no name has a colon. */
export function oldLogFilePath(path: string, { at, attempt }: { readonly at: Date; readonly attempt: number }): string {
  const { stem, extension } = split(path);
  const time = at.toISOString().replaceAll(':', '-').replace('Z', '');
  return join(dirname(path), `${stem}-${time}${attempt === 0 ? '' : `-${attempt}`}${extension}`);
}

/** Removes the oldest ones, and those too old. One that cannot be removed is tried again the next time. */
export async function removeOldLogFiles(
  path: string,
  { maxOldFiles, maxAgeMs, now }: KeptLogFiles & { readonly now: Date },
): Promise<void> {
  const newestFirst = (await readdir(dirname(path))).filter(oldNames(path)).toSorted().toReversed();
  for (const [index, name] of newestFirst.entries()) {
    const file = join(dirname(path), name);
    const { mtimeMs } = await stat(file);
    if (index >= maxOldFiles || now.getTime() - mtimeMs > maxAgeMs) await rm(file, { force: true });
  }
}

function oldNames(path: string): (name: string) => boolean {
  const { stem, extension } = split(path);
  return (name) => {
    if (!name.startsWith(`${stem}-`) || !name.endsWith(extension)) return false;
    const time = name.slice(stem.length + 1, name.length - extension.length);
    return /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-\d+)?$/.test(time);
  };
}

function split(path: string): { readonly stem: string; readonly extension: string } {
  const extension = extname(path);
  return { stem: basename(path, extension), extension };
}
