// How a client is named.

import type { Socket } from 'node:net';

/** The client's address and port; undefined for a unix socket, which has none. */
export function peerAddress({ remoteAddress: address, remotePort: port }: Socket): string | undefined {
  if (address === undefined) return undefined;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** For log lines: nothing is invented for a unix socket. */
export function describePeer(client: Socket): string {
  return peerAddress(client) ?? 'a unix socket';
}
