// Who may use a Unix socket: its mode and its group.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { UsageError } from '../cli/usage-error.ts';
import type { SocketPermissions } from './config.ts';

export interface PermissionChoices {
  readonly mode: number;
  /** Name or number of a group; undefined leaves the socket in the group of the process. */
  readonly group: string | undefined;
}

/** @throws {UsageError} when there is no such group. */
export function choosePermissions({ mode, group }: PermissionChoices): SocketPermissions {
  if (group === undefined) return { mode, groupId: undefined };
  const groupId = /^\d+$/.test(group) ? Number(group) : findGroupId(group);
  if (groupId !== undefined) return { mode, groupId };
  throw new UsageError(`--unix-socket-group: there is no group "${group}" on this machine`, {
    hint: "list the groups with 'getent group', or give the number of one",
  });
}

/** Groups of this machine first, then those that a directory service knows, by the tool that asks it. */
function findGroupId(name: string): number | undefined {
  const known = readGroups().find((row) => row.startsWith(`${name}:`));
  const row = known ?? spawnSync('getent', ['group', '--', name], { encoding: 'utf8', timeout: 10_000 }).stdout ?? '';
  const [, , id = ''] = row.trim().split(':');
  return /^\d+$/.test(id) ? Number(id) : undefined;
}

/** Rows of `NAME:PASSWORD:ID:MEMBERS`; none where there is no such file. */
function readGroups(): readonly string[] {
  try {
    return readFileSync('/etc/group', 'utf8').split('\n');
  } catch {
    return [];
  }
}
