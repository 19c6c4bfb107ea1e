// Starts a listener on a TCP port, or on a unix socket that only its owner can use.

import { once } from 'node:events';
import { chmod, lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { ConnectorError, reasonOf } from '../errors.ts';

export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** @throws {ConnectorError} `LISTEN_FAILED`. */
export async function listen(server: Server, place: Place): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(place);
  try {
    await listening;
  } catch (error) {
    throw listenError('path' in place ? place.path : `${place.host}:${place.port}`, error);
  }
}

/**
 * A socket file has the mode that the umask leaves until it is changed. So it is made in a folder of its own that nobody
 * else may enter, and appears at its place only with the right mode.
 *
 * @throws {ConnectorError} `LISTEN_FAILED`.
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  await refuseIfTaken(path);
  const folder = await mkdtemp(join(dirname(path), '.alloydb-')).catch((error: unknown) => {
    throw listenError(path, error);
  });
  try {
    const made = join(folder, 's');
    await listen(server, { path: made });
    await chmod(made, 0o600);
    await rename(made, path);
  } catch (error) {
    server.close();
    throw error instanceof ConnectorError ? error : listenError(path, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a killed process left behind may be replaced; a socket that somebody listens on, or any other file, may not. */
async function refuseIfTaken(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw listenError(path, new Error('a file that is no socket is there'));
  const probe = connect({ path });
  const answered = await Promise.race([
    once(probe, 'connect').then(() => true),
    once(probe, 'close').then(() => false),
  ]).catch(() => false);
  probe.destroy();
  if (answered) throw listenError(path, new Error('another process listens there'));
}

function listenError(place: string, cause: unknown): ConnectorError {
  return new ConnectorError('LISTEN_FAILED', `Cannot listen on ${place}: ${reasonOf(cause)}`, { cause });
}
