// A small HTTP server for endpoints that answer in plain text.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from '../observability/logger.ts';
import { type ListenFlags, listen } from '../proxy/listen.ts';
import { http } from './node-http.ts';
import type { Answer, Route } from './route.ts';

export interface HttpServerOptions {
  /** An IP address or a host name; `localhost` stands for 127.0.0.1 and, where there is one, ::1. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** For the hint when the place cannot be had. */
  readonly flags: ListenFlags;
  readonly routes: readonly Route[];
  readonly logger: Logger;
}

// A request has one line and a few headers; who takes longer to send it is not waited for.
const requestLimitMs = 10_000;
// Probes are few. A flood of them must not use up the descriptors that database clients need.
const maxHttpConnections = 100;
// Answers are short; who does not take one within this time does not get it when the server closes.
const closeGraceMs = 1_000;

export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  readonly #servers: Server[] = [];
  readonly #unanswered = new Set<ServerResponse>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /**
   * Starts listening; resolves with the address as it was asked for, `localhost:9090`, the real port filled in.
   *
   * @throws {StartError} naming the address and what stands in the way.
   */
  async start(): Promise<string> {
    const { host, port: wanted } = this.#options;
    if (host.toLowerCase() !== 'localhost') return hostAndPort(host, await this.#listen(host, wanted));
    const port = await this.#listen('127.0.0.1', wanted);
    try {
      await this.#listen('::1', port);
    } catch (error) {
      // Many containers have no IPv6, and whoever asks for localhost falls back to 127.0.0.1.
      this.#options.logger.debug(
        `${error instanceof Error ? error.message : String(error)}; 127.0.0.1 alone is served`,
      );
    }
    return hostAndPort(host, port);
  }

  /** Stops listening, lets answers that are under way go out, and hangs up on everybody else. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.#closing.abort(new Error('the HTTP server is closing'));
    const hangUp = (): void => {
      for (const server of this.#servers) server.closeAllConnections();
    };
    const overdue = setTimeout(hangUp, closeGraceMs);
    await Promise.all(Array.from(this.#unanswered, (response) => whenClosed(response)));
    clearTimeout(overdue);
    hangUp();
    await Promise.all(closed);
  }

  async #listen(host: string, port: number): Promise<number> {
    const server = http.createServer({ requestTimeout: requestLimitMs, headersTimeout: requestLimitMs });
    server.maxConnections = maxHttpConnections;
    server.on('request', (request, response) => void this.#serve(request, response));
    await listen(server, { kind: 'tcp', host, port, flags: this.#options.flags });
    this.#servers.push(server);
    server.on('error', (error) => this.#options.logger.warn(`HTTP server on ${host}: ${error.message}`));
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  /** Never rejects: whatever goes wrong with one request stays with it. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#unanswered.add(response);
    response.once('close', () => this.#unanswered.delete(response));
    response.on('error', (error) => this.#options.logger.debug(`HTTP client: ${error.message}`));
    const answer = await this.#answer(request);
    if (answer.stream === undefined || request.method === 'HEAD') send(response, answer);
    else sendStream(response, answer, this.#closing.signal);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = this.#options.routes.find((each) =>
      typeof each.path === 'string' ? each.path === path : each.path.test(path),
    );
    if (route === undefined) return { status: 404, text: 'not found' };
    if (!route.methods.some((method) => method === request.method)) {
      return { status: 405, text: 'method not allowed', headers: { allow: route.methods.join(', ') } };
    }
    try {
      return await route.answer(request, this.#closing.signal);
    } catch (error) {
      this.#options.logger.error(`${path} failed: ${error instanceof Error ? error.message : String(error)}`);
      return { status: 500, text: 'internal error' };
    }
  }
}

/** The state of a moment is never kept. */
const always = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

function send(response: ServerResponse, { status, text, headers }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...always, ...headers });
  response.end(text);
}

// A page that stands still in a sleeping tab does not get what it has missed.
const mostUnread = 1_000_000;

function sendStream(response: ServerResponse, { status, text, headers, stream }: Answer, closing: AbortSignal): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...always, ...headers });
  response.write(text);
  const gone = new AbortController();
  const end = (): void => void response.end();
  response.once('close', () => {
    closing.removeEventListener('abort', end);
    gone.abort();
  });
  if (closing.aborted) end();
  else closing.addEventListener('abort', end, { once: true });
  stream?.((more) => {
    if (!response.writableEnded && response.writableLength < mostUnread) response.write(more);
  }, gone.signal);
}

function whenClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
  });
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
