// The numbers behind the name of a user, as this machine or a system image knows it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';

export interface OwnerIds {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Undefined when no user is asked for. Reads /etc/passwd: users of a directory service are not found there, but services
 * that start with the machine do not run as one.
 *
 * @throws {UsageError} when there is no such user.
 */
export function ownerIds(user: string | undefined, root: string | undefined): OwnerIds | undefined {
  if (user === undefined) return undefined;
  const path = join(root ?? '/', 'etc/passwd');
  const lines = readPasswd(path).split('\n');
  const fields = lines.map((line) => line.split(':')).find(([name]) => name === user);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  throw new UsageError(`there is no user "${user}" in ${path}`, { hint: `create it: useradd --system ${user}` });
}

function readPasswd(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
