// A real HTTP server, or something that is none, which behaves towards every client as a test wants.

import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { portOf } from './socket-pair.ts';

export interface AnsweringServer extends AsyncDisposable {
  readonly port: number;
  /** `GET /startup`, in the order of arrival. */
  readonly requests: readonly string[];
}

/** @param host Default: 127.0.0.1. */
export async function answerWith(listener: RequestListener, host = '127.0.0.1', port = 0): Promise<AnsweringServer> {
  const requests: string[] = [];
  const server = createHttpServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  return { ...(await listening(server, host, port)), requests };
}

/** A server that does with each connection what `serve` does; nothing, if it does nothing. */
export async function serveRaw(serve: (socket: Socket) => void): Promise<AnsweringServer> {
  return { ...(await listening(createServer(serve), '127.0.0.1', 0)), requests: [] };
}

/** A port on which nobody listens. */
export async function unusedPort(): Promise<number> {
  await using server = await serveRaw(() => undefined);
  return server.port;
}

async function listening(server: Server, host: string, port: number) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: portOf(server),
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
