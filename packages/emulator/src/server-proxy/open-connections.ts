// The TCP connections that are open now, found again from the TLS sockets above them.

import type { Socket } from 'node:net';

export class OpenConnections {
  readonly #sockets = new Set<Socket>();

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** A TLS socket cannot be reset, only the TCP socket below it, which is the one with the same two ends. */
  reset(client: Socket): void {
    const ends = endsOf(client);
    for (const socket of this.#sockets) if (endsOf(socket) === ends) socket.resetAndDestroy();
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}:${localPort} ${remoteAddress}:${remotePort}`;
}
