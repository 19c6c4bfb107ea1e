// Opens the TCP connection to a server-side proxy.

import { connect, type Socket } from 'node:net';
import { orAborted } from '../abort.ts';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

// A peer that vanished without a word is noticed within a few of these; the other AlloyDB connectors use the same.
const keepAliveMs = 30_000;

/** Rejects with the system's error. An aborted signal destroys the socket at once. */
export async function connectTcp({ host, port }: TcpTarget, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  socket.once('connect', resolve);
  // Never removed: an error after the connection is made must find a listener too, until TLS has taken over.
  socket.on('error', reject);
  try {
    await orAborted(promise, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
