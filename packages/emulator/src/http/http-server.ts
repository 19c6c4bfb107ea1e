// The one HTTP server of the emulator: hands each request to the service that its path belongs to.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { listen } from '../server-proxy/loopback-address.ts';
import { type Answer, json, type Reply } from './answer.ts';
import { readBody } from './body.ts';
import type { HttpRequest, HttpService } from './service.ts';

export interface HttpServerParts {
  /** Asked one after the other. */
  readonly services: readonly HttpService[];
  /** Called before an answer goes out: what a client was told is to hold. */
  readonly answered?: () => void;
  readonly log: (line: string) => void;
}

export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: Server;
  #endpoint = '';

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Resolves to the URL. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async listen(port: number): Promise<string> {
    try {
      const place = await listen(this.#server, { host: '127.0.0.1', port });
      this.#endpoint = `http://${place.address}:${place.port}`;
    } catch (cause) {
      throw new EmulatorError('ADDRESS_UNAVAILABLE', `Cannot listen on 127.0.0.1:${port}: ${reasonOf(cause)}`, {
        cause,
        hint: 'choose another port for the Admin API, or 0 for a free one',
      });
    }
    return this.#endpoint;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    try {
      send(await this.dispatch(this.#read(request)), request, response);
    } catch (error) {
      send(this.#errorReply(error, request), request, response);
    }
  }

  /** Answers a request of whatever origin. @throws ApiError */
  async dispatch(request: HttpRequest): Promise<Answer> {
    for (const service of this.#parts.services) {
      const answer = await service.answer(request);
      if (answer === undefined) continue;
      this.#parts.answered?.();
      return answer;
    }
    throw new ApiError(404, `Method not found: ${request.method} ${request.path}`);
  }

  #read(message: IncomingMessage): HttpRequest {
    const { method = '', url = '/', headers } = message;
    const { pathname, searchParams } = new URL(url, this.#endpoint);
    return {
      method,
      path: decodePath(pathname),
      query: searchParams,
      headers,
      endpoint: this.#endpoint,
      text: async () => readBody(message),
    };
  }

  #errorReply(error: unknown, request: IncomingMessage): Reply {
    if (error instanceof ApiError) return json(error.httpStatus, error.body, error.headers);
    this.#parts.log(`${request.method} ${request.url}: ${reasonOf(error)}`);
    return json(500, new ApiError(500, 'Internal error encountered.').body);
  }
}

function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  switch (answer.is) {
    case 'reset':
      request.socket.resetAndDestroy();
      break;
    case 'close':
      request.socket.end();
      break;
    case 'truncated': {
      const bytes = writeHead(answer.reply, response);
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.end());
      break;
    }
    case 'reply':
      response.end(writeHead(answer, response), answer.sent);
      break;
  }
}

/** Returns the body, whose length the head has announced. */
function writeHead(reply: Reply, response: ServerResponse): Buffer {
  const bytes = Buffer.from(reply.text);
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': bytes.length,
    ...reply.headers,
  });
  return bytes;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError(400, 'The path is not valid percent-encoding.');
  }
}
