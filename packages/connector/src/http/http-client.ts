// One way to make an HTTP request, for the Admin API and the token endpoints alike.

import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { withTimeLimit } from '../abort.ts';
import { direct } from '../dial/route.ts';
import { http } from './node-http.ts';
import { openConnection, type RoutedConnectionOptions } from './routed-connection.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Limit for the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

// Far above any answer of the APIs used here; a server that sends more is not one of them.
const longestBody = 1024 * 1024;

/**
 * Makes requests over node:http and node:https, each along the route of its URL. Rejects on anything but a complete
 * answer, whatever its status. A proxy on the way is asked for a tunnel, for http targets too.
 */
export function createHttpClient(options: RoutedConnectionOptions): HttpClient {
  return (request) =>
    withTimeLimit(request.timeoutMs, [request.signal], (signal) => exchange(request, options, signal));
}

/** A client that knows of no proxy. */
export const nodeHttpClient: HttpClient = createHttpClient({ routeFor: () => direct });

async function exchange(
  { method, url, headers, body }: HttpRequest,
  options: RoutedConnectionOptions,
  signal: AbortSignal,
): Promise<HttpResponse> {
  // One connection for one request. These calls are minutes apart, and an idle connection kept open is one more thing
  // that breaks while a laptop sleeps.
  const socket = await openConnection(url, options, signal);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // An aborted call ends with the signal's own reason, so that a time limit can be told from a caller that left.
  const onAbort = (): void =>
    void socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const send = url.protocol === 'http:' ? http.request : httpsRequest;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = send(url, { method, headers: { ...headers, ...length }, createConnection: () => socket });
    call.once('response', resolve);
    call.on('error', reject);
    call.end(body);
    const response = await promise;
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await readBody(response),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) throw new Error(`the answer is longer than ${longestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
