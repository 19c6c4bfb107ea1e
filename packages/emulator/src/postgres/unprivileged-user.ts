// Chooses the user that PostgreSQL runs as, because it refuses to run as root.

import { readFile } from 'node:fs/promises';

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: RunAs = { uid: 65_534, gid: 65_534 };

/** Undefined when the process is not root and can run PostgreSQL as itself. */
export async function unprivilegedUser(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // initdb looks its user up by number, so the user has to be in the list; "nobody" is 99 on some systems.
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  return uid === undefined || gid === undefined ? NOBODY : { uid: Number(uid), gid: Number(gid) };
}
