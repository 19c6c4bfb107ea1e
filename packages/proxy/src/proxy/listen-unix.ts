// Opens the listener of a Unix socket, which at no moment is more open than asked for.

import { chmodSync, chownSync, lstatSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { ListenAt, SocketPermissions } from '../config/config.ts';
import { listening } from './listening.ts';

type UnixPlace = Extract<ListenAt, { kind: 'unix' }>;

/**
 * A socket is made with all permissions that the umask leaves, and only then can its mode be set. So the folder is made
 * for the owner alone, and the umask takes everybody else's permissions from the socket: where the folder was there
 * before, and is open, that is what counts. Group, mode and folder are opened in this order, each as far as asked for.
 * A folder that was there before is left as it is.
 */
export async function listenUnix(server: Server, { path, permissions }: UnixPlace): Promise<void> {
  const folder = dirname(path);
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
  await removeStale(path);
  await listenUnderUmask(server, path);
  try {
    open(path, permissions, permissions.mode);
    if (made) open(folder, permissions, folderModeFor(permissions.mode));
  } catch (error) {
    server.close();
    throw error;
  }
}

/**
 * Changes who may use an open socket. The folder goes along where it is as open as this module makes it: one that was there
 * before, and is different, is left as it is.
 *
 * @throws the system's error, with everything as it was.
 */
export function changePermissions(path: string, from: SocketPermissions, to: SocketPermissions): void {
  const folder = dirname(path);
  const isOurs = (statSync(folder).mode & 0o777) === folderModeFor(from.mode);
  try {
    // What is narrowed is narrowed before the group changes, and nobody comes in by a mode that was meant for another group.
    chmodSync(path, from.mode & to.mode & (from.groupId === to.groupId ? 0o777 : 0o700));
    open(path, to, to.mode);
    if (isOurs) open(folder, to, folderModeFor(to.mode));
  } catch (error) {
    chmodSync(path, from.mode);
    throw error;
  }
}

/** Whoever may use the socket must be able to pass the folder; nobody needs to list it. */
export function folderModeFor(socketMode: number): number {
  const group = (socketMode & 0o060) === 0 ? 0 : 0o010;
  const others = (socketMode & 0o006) === 0 ? 0 : 0o001;
  return 0o700 | group | others;
}

/** The socket is bound before listening() returns its promise, so nothing else of this process runs under the umask. */
async function listenUnderUmask(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  const bound = listening(server, { path });
  process.umask(before);
  await bound;
}

/** The group first: a mode set before it would let the wrong group in. */
function open(path: string, { groupId }: SocketPermissions, mode: number): void {
  if (groupId !== undefined) chownSync(path, lstatSync(path).uid, groupId);
  chmodSync(path, mode);
}

/** A socket file outlives a process that was killed. It is removed only if nobody answers behind it. */
async function removeStale(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => resolve(false));
  probe.once('error', (error) => {
    const code = 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(code === 'ECONNREFUSED');
    else reject(error);
  });
  try {
    if ((await promise) && lstatSync(path).isSocket()) unlinkSync(path);
  } finally {
    probe.destroy();
  }
}
