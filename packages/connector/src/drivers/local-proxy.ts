// A listener on this machine that dials for each of its clients: for programs and drivers that only know host and port.

import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { ConnectorError, reasonOf } from '../errors.ts';
import { PostgresServerError } from '../metadata-exchange/postgres-error.ts';
import type { Dial } from './dialing-stream.ts';
import { listen, listenPrivately } from './listen.ts';

export interface LocalProxyOptions {
  /**
   * Address to listen on. Default `127.0.0.1`. Whoever reaches it connects with the connector's authority, so that only
   * loopback addresses are safe on a machine of one user; `path` is safe on any.
   */
  readonly host?: string;
  /** Default 0: a free port. */
  readonly port?: number;
  /** Unix socket in place of host and port, made with mode 0600. libpq looks for the name `.s.PGSQL.PORT`. */
  readonly path?: string;
}

export interface LocalProxy extends AsyncDisposable {
  /** For clients; the folder of the unix socket where there is one, as libpq takes it. */
  readonly host: string;
  /** For clients; the number in the name of the unix socket where there is one. */
  readonly port: number;
  readonly path: string | undefined;
  /** Stops listening and ends the connections that go through it. Idempotent. */
  close(): Promise<void>;
}

// The other direction may stay silent this long after one side has finished: then nobody is left to finish the session.
const halfCloseIdleMs = 600_000;
// How long what was already read may take to reach a side whose peer is gone.
const flushIdleMs = 10_000;

/** @throws {ConnectorError} `LISTEN_FAILED`. */
export async function startLocalProxy(dial: Dial, options: LocalProxyOptions = {}): Promise<LocalProxy> {
  const { host = '127.0.0.1', port = 0, path } = options;
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    void serve(client, dial);
  });
  await (path === undefined ? listen(server, { host, port }) : listenPrivately(server, path));
  // A client that could not be accepted, for want of file descriptors perhaps, notices itself; the listener goes on.
  server.on('error', () => undefined);

  const stop = async (): Promise<void> => {
    const ended = once(server, 'close');
    server.close();
    for (const client of clients) client.destroy();
    await ended;
    if (path !== undefined) await rm(path, { force: true });
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= stop());
  return { ...placeOf(server, path), close, [Symbol.asyncDispose]: close };
}

/** Never rejects: nothing that one client meets may reach another, or the process. */
async function serve(client: Socket, dial: Dial): Promise<void> {
  const gone = new AbortController();
  // Resets are normal ends; the "close" behind them does what is to be done.
  client.on('error', () => undefined);
  client.once('close', () => gone.abort(new Error('the client went away')));
  try {
    const { socket } = await dial(gone.signal);
    if (client.destroyed) {
      socket.destroy();
      return;
    }
    carry(client, socket);
    carry(socket, client);
  } catch (error) {
    refuse(client, error);
  }
}

/** One direction: bytes with backpressure, the end as an end, and a close that lets what was read arrive. */
function carry(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => undefined);
  from.once('end', () => to.setTimeout(halfCloseIdleMs, () => to.destroy()));
  from.once('close', () => {
    to.setTimeout(flushIdleMs, () => to.destroy());
    to.destroySoon();
  });
}

/** Tells the client why, in the only words that it understands, and reads on: an unread byte would turn them into a reset. */
function refuse(client: Socket, error: unknown): void {
  if (client.destroyed) return;
  const { raw } = error instanceof PostgresServerError ? error : { raw: errorResponse(error) };
  client.setTimeout(flushIdleMs, () => client.destroy());
  client.resume().end(raw);
}

/** PostgreSQL's ErrorResponse with SQLSTATE 08001, "the client was unable to establish the connection". */
function errorResponse(error: unknown): Buffer {
  const hint = error instanceof ConnectorError && error.hint !== undefined ? `H${error.hint}\0` : '';
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08001\0M${reasonOf(error)}\0${hint}\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

function placeOf(server: Server, path: string | undefined): Pick<LocalProxy, 'host' | 'port' | 'path'> {
  if (path !== undefined) {
    const [, port = '5432'] = /^\.s\.PGSQL\.(\d+)$/.exec(basename(path)) ?? [];
    return { host: dirname(path), port: Number(port), path };
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has no address');
  return { host: address.address, port: address.port, path: undefined };
}
