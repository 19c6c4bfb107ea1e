// A TCP server of a test, which knows how many connections are open.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface TcpServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that the server still has. */
  readonly open: () => number;
  /** Resolves once there are that many. */
  readonly untilOpen: (count: number) => Promise<void>;
}

export async function listen(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<TcpServer> {
  return track(createServer({ allowHalfOpen: true }, onConnection), host);
}

/** Starts any kind of server, and counts its connections. */
export async function track(server: Server, host = '127.0.0.1'): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((check) => check());
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // A test may end a connection in the middle of anything.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      changed();
    });
    changed();
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.size,
    untilOpen: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (sockets.size !== count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** Resolves when there may be something to read, or never will be. */
export function stir(socket: Socket): Promise<void> {
  const events = ['readable', 'end', 'close'] as const;
  return new Promise((resolve) => {
    const onEvent = (): void => {
      for (const event of events) socket.off(event, onEvent);
      resolve();
    };
    for (const event of events) socket.on(event, onEvent);
  });
}

/** Listens to nothing but the end, and then ends too. */
export function fallSilent(socket: Socket): void {
  socket.on('end', () => socket.end()).resume();
}
