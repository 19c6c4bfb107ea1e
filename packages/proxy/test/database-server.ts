// A plain TCP server that stands for an instance, and the dials that lead to it.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Connection } from 'alloydb-connector';
import { portOf } from './socket-pair.ts';
import type { Dial } from '../src/proxy/session.ts';

export interface DatabaseServer extends AsyncDisposable {
  /** Connects at once. */
  readonly dial: Dial;
  /** Sessions that are open here. */
  readonly open: () => number;
  /** Resolves with the next session. */
  readonly session: () => Promise<Socket>;
}

/** @param onSession default: sends back what it gets, to the end. */
export async function startDatabase(
  onSession: (socket: Socket) => void = (socket) => void socket.pipe(socket),
): Promise<DatabaseServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    onSession(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    dial: async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      await once(socket, 'connect');
      socket.on('error', () => undefined);
      return connectionOver(socket);
    },
    open: () => sockets.size,
    session: async () => ((await once(server, 'connection')) as [Socket])[0],
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The relay needs nothing of TLS but the stream. */
export function connectionOver(socket: Socket): Connection {
  return {
    socket: socket as Connection['socket'],
    address: '10.0.0.5:5433',
    ipType: 'PRIVATE',
    choice: 'PRIVATE was asked for',
    isCurrent: () => true,
    route: 'directly',
  };
}
