// Paths of Unix sockets: where PostgreSQL clients look for them, and what must be there before one can be made.

import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';

/** The name that libpq gives to the socket of port 5432; a client is told the folder around it. */
const SOCKET_NAME = '.s.PGSQL.5432';

/** Bytes that fit into `sun_path` with the zero byte behind them: 108 on Linux, 104 on the BSDs and macOS. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * The socket of an instance in the folder that all sockets share.
 *
 * @param instance its short name, or its DNS name.
 * @throws {UsageError} when the folder does not exist or the path is too long.
 */
export function socketInFolder(folder: string, instance: string): string {
  return checked(join(folder, folderName(instance)));
}

/**
 * The same in a folder that is made when it is needed.
 *
 * @throws {UsageError} when the path is too long.
 */
export function socketBehindFuse(tmpFolder: string, instance: string): string {
  const path = join(tmpFolder, folderName(instance), SOCKET_NAME);
  refuseLong(path, 'start with a shorter --fuse-tmp-dir');
  return path;
}

function folderName(instance: string): string {
  return instance.toLowerCase().replaceAll(':', '_');
}

/**
 * The socket at a path of the user's choice, with or without the socket's own name at its end.
 *
 * @throws {UsageError} when the parent folder does not exist or the path is too long.
 */
export function socketAtPath(path: string): string {
  return checked(basename(path) === SOCKET_NAME ? dirname(path) : path);
}

/** The listener makes the innermost folder itself; the one around it must be there. */
function checked(socketFolder: string): string {
  const parent = dirname(socketFolder);
  const path = join(socketFolder, SOCKET_NAME);
  const found = statSync(parent, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new UsageError(`cannot listen on ${path}: ${parent} does not exist`, {
      hint: `create it: mkdir -p ${parent}`,
    });
  }
  if (!found.isDirectory()) {
    throw new UsageError(`cannot listen on ${path}: ${parent} is not a folder`, {
      hint: 'remove it or choose another folder',
    });
  }
  refuseLong(path, "choose a shorter folder, or name the socket yourself: 'INSTANCE_URI?unix-socket-path=PATH'");
  return path;
}

function refuseLong(path: string, hint: string): void {
  const length = Buffer.byteLength(path);
  if (length <= MAX_PATH_BYTES) return;
  throw new UsageError(
    `cannot listen on ${path}: the path has ${length} bytes, a socket's may have ${MAX_PATH_BYTES}`,
    { hint },
  );
}
