// How a client is named in log lines.

import type { Socket } from 'node:net';

/** The client's address and port; a unix socket has none, and none is invented. */
export function describePeer({ remoteAddress: address, remotePort: port }: Socket): string {
  if (address === undefined) return 'a unix socket';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
