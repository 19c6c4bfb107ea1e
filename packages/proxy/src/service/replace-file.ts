// Replaces a file in one step: nobody ever reads half of it, and it is never readable for more than it should be.

import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';
import type { OwnerIds } from './owner-ids.ts';

export interface ReplaceOptions {
  readonly text: string;
  readonly mode: number;
  readonly owner?: OwnerIds | undefined;
}

/** @throws {UsageError} when it cannot be written; then everything is as before. */
export function replaceFile(path: string, { text, mode, owner }: ReplaceOptions): void {
  // Beside it, because only within one file system a rename is one step; hidden, so that no manager reads it.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
      fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new UsageError(`cannot write ${path}: ${code}`, { hint: 'run it as a user that may write there', cause });
  }
}
