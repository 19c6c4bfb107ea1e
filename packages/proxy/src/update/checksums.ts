// Lists of SHA-256 sums, in the form of sha256sum.

import { createHash } from 'node:crypto';
import { CommandError } from '../cli/command-error.ts';

/** @throws {CommandError} when the file is not what the list says, or the list does not say it exactly once. */
export function verifyChecksum(file: Buffer, name: string, sums: string): void {
  const listed = sums.split('\n').flatMap((line) => {
    // A star says that it was read as binary, which makes a difference nowhere.
    const [, sum, named] = /^([0-9a-f]{64}) [ *](.+?)\r?$/.exec(line) ?? [];
    return sum !== undefined && named === name ? [sum] : [];
  });
  const [expected, ...others] = listed;
  if (expected === undefined || others.length > 0) {
    const hint = 'tell the makers of the release';
    throw new CommandError(`the release does not say which checksum ${name} has`, { hint });
  }
  if (createHash('sha256').update(file).digest('hex') === expected) return;
  throw new CommandError(`the checksum of ${name} is wrong: nothing has been installed`, {
    hint: 'the download was damaged or forged; try again',
  });
}
