// One HTTP request of the update commands: along the routes of the environment, limited in time and size, redirects followed.

import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connectForUrl } from 'alloydb-connector';
import { CommandError } from '../cli/command-error.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { VERSION } from '../cli/version.ts';
import { reasonInWords } from '../http/ask.ts';
import { http } from '../http/node-http.ts';

export interface FetchRequest {
  readonly url: URL;
  /** Default: GET. */
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** In bytes; a server that sends more is not what it is taken for. Default: 1 MiB. */
  readonly longestBody?: number;
  /** For everything, redirects included, in milliseconds. Default: ten seconds. */
  readonly timeoutMs?: number;
  /** How long nothing may come, in milliseconds. Default: as long as all may take. */
  readonly quietMs?: number;
}

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Resolves with whatever the server says in the end, and rejects with a {@link CommandError} when it says nothing. */
export type Fetch = (request: FetchRequest) => Promise<Fetched>;

export interface FetchOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** All that a server learns of whoever asks. */
const userAgent = `${PROGRAM}/${VERSION}`;
const mostRedirects = 5;

export function createFetch({ env, signal }: FetchOptions): Fetch {
  return async ({ timeoutMs = 10_000, ...request }) => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error('no answer in time')), timeoutMs);
    const onAbort = (): void => limit.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await follow(request, env, limit);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

type Limited = Omit<FetchRequest, 'timeoutMs'>;

async function follow(request: Limited, env: NodeJS.ProcessEnv, limit: AbortController): Promise<Fetched> {
  const { signal } = limit;
  let current = request;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const answer = await exchange(current, env, limit).catch((cause: unknown) => {
      throw unreachable(current.url, reasonInWords(signal.aborted ? signal.reason : cause), cause);
    });
    const next = redirectTarget(answer, current.url);
    if (next === undefined) return answer;
    const { authorization: _, ...others } = current.headers ?? {};
    current =
      next.origin === current.url.origin ? { ...current, url: next } : { ...current, url: next, headers: others };
  }
  throw unreachable(request.url, 'it redirects without end');
}

async function exchange(request: Limited, env: NodeJS.ProcessEnv, limit: AbortController): Promise<Fetched> {
  const { url, method = 'GET', headers, longestBody = 1024 * 1024, quietMs = 0 } = request;
  const { signal } = limit;
  const socket = await connectForUrl(url, { env, signal });
  const onAbort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.setTimeout(quietMs, () => limit.abort(new Error('it has stopped sending')));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  try {
    const send = url.protocol === 'http:' ? http.request : httpsRequest;
    const all = { ...headers, 'user-agent': userAgent };
    const outgoing = send(url, { method, headers: all, createConnection: () => socket });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
    const response = await promise;
    const body = await readBody(response, longestBody);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function readBody(response: IncomingMessage, longest: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new Error(`the answer is longer than ${longest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function redirectTarget({ status, headers: { location } }: Fetched, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const target = URL.parse(location, from.href);
  // What was asked for over TLS is not to be had without.
  if (target?.protocol !== 'https:' && target?.protocol !== from.protocol) {
    throw unreachable(from, 'it redirects to where it cannot be followed');
  }
  return target;
}

/** Names the host alone: a path may hold what is nobody else's business. */
function unreachable({ host }: URL, reason: string, cause?: unknown): CommandError {
  // A mistake in the name of an outbound proxy comes with its own remedy.
  const own = cause instanceof Error && 'hint' in cause && typeof cause.hint === 'string' ? cause.hint : undefined;
  return new CommandError(`cannot get an answer from ${host}: ${reason}`, {
    hint: own ?? `see whether ${host} can be reached from here; HTTPS_PROXY names a proxy on the way`,
  });
}
