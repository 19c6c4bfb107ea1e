// A real HTTP server on the loopback that remembers what it was asked and answers what the test says.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Objects are sent as JSON. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnsweringServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly origin: string;
  readonly host: string;
  readonly asked: readonly Asked[];
}

/** @param answer gives the answer to a request, from the request and from how many came before it. */
export async function answeringServer(
  answer: (asked: Asked, earlier: number) => Answer | Promise<Answer>,
): Promise<AnsweringServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    void text(request).then(async (body) => {
      const seen = { method, path, headers, body };
      asked.push(seen);
      const { status = 200, body: content = '', headers: more } = await answer(seen, asked.length - 1);
      response.writeHead(status, more).end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return {
    origin: `http://${host}`,
    host,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
