// Opens a TCP connection to a host, with nothing in between.

import { connect, type LookupFunction, type Socket } from 'node:net';
import { orAborted } from '../abort.ts';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export interface DirectTarget extends TcpTarget {
  /** Resolves the host's name. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
  /** Silence after which the peer is probed, in milliseconds; 0 never probes. Default 30,000. */
  readonly keepAliveMs?: number | undefined;
}

// A peer that vanished without a word is noticed within a few of these; the other AlloyDB connectors use the same.
export const defaultKeepAliveMs = 30_000;

/**
 * How long one of several addresses of a name may take before the next is tried, in milliseconds. Node's 250 gives up
 * an address that is merely far away: round trips between continents take that long, and a lost first packet is sent
 * again only after a second. Five seconds leave room for two such losses, and for six addresses within the 30 seconds
 * of a dial. The last address, or the only one, has no limit but the caller's.
 */
export const addressLimitMs = 5_000;

/** Rejects with the system's error. An aborted signal destroys the socket at once. */
export async function connectTcp(
  { host, port, lookup, keepAliveMs = defaultKeepAliveMs }: DirectTarget,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: keepAliveMs > 0,
    keepAliveInitialDelay: keepAliveMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressLimitMs,
    ...(lookup === undefined ? {} : { lookup }),
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
