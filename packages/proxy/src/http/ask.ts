// One request to an HTTP endpoint of a proxy that runs as another process, and what came of it.

import type { IncomingMessage } from 'node:http';
import { onOneLine } from '../observability/text-logger.ts';
import { http } from './node-http.ts';

export interface Question {
  readonly method: 'GET' | 'POST';
  /** Where the proxy was told to listen: `localhost`, an IP address or a host name. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** For everything from the connection to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Take the text as it is, up to so many characters. Default: a line of 4,096, made safe to show. */
  readonly mostCharacters?: number;
}

export type Reply =
  | { readonly is: 'answer'; readonly status: number; readonly text: string }
  /** Nobody listens there. */
  | { readonly is: 'nobody'; readonly reason: string }
  | { readonly is: 'silence' }
  | { readonly is: 'failure'; readonly reason: string };

/** Answers of the proxy are one line. Something else may listen there, and send without end. */
const longestAnswer = 4_096;

/** Never rejects. Follows no redirect and no outbound proxy. */
export async function ask({ host, timeoutMs, ...question }: Question): Promise<Reply> {
  const endsAt = performance.now() + timeoutMs;
  let first: Reply | undefined;
  for (const address of addressesOf(host)) {
    const leftMs = endsAt - performance.now();
    const reply = await askAddress({ ...question, host: address, timeoutMs: Math.max(1, Math.floor(leftMs)) });
    if (reply.is !== 'nobody') return reply;
    first ??= reply;
  }
  return first ?? { is: 'silence' };
}

/** The reply in words that complete "… failed: ". */
export function inWords(reply: Reply): string {
  switch (reply.is) {
    case 'answer':
      return `HTTP ${reply.status}${reply.text === '' ? '' : `: ${reply.text}`}`;
    case 'nobody':
    case 'failure':
      return reply.reason;
    case 'silence':
      return 'no answer in time';
  }
}

/** `localhost:9090`, `[::1]:9090`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server on localhost has one loopback address or both; one on every address is reached over loopback. */
function addressesOf(host: string): readonly string[] {
  if (host.toLowerCase() === 'localhost') return ['127.0.0.1', '::1'];
  if (host === '0.0.0.0') return ['127.0.0.1'];
  return host === '::' ? ['::1', '127.0.0.1'] : [host];
}

async function askAddress({ method, host, port, path, timeoutMs, mostCharacters }: Question): Promise<Reply> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = http.request({ method, host, port, path, signal, agent: false }, resolve);
      // Stays for what happens after the answer has begun.
      outgoing.on('error', reject);
      outgoing.end();
    });
    return { is: 'answer', status: response.statusCode ?? 0, text: await readText(response, mostCharacters) };
  } catch (error) {
    return signal.aborted ? { is: 'silence' } : explain(error);
  }
}

async function readText(response: IncomingMessage, mostCharacters: number | undefined): Promise<string> {
  const most = mostCharacters ?? longestAnswer;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    // Leaving the loop closes the connection.
    if (text.length > most) break;
  }
  const found = text.slice(0, most);
  return mostCharacters === undefined ? onOneLine(found.trim()) : found;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EHOSTUNREACH: 'no route to that address',
  ENETUNREACH: 'no route to that address',
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name cannot be resolved right now',
  ECONNRESET: 'the connection was closed without an answer',
};

const nobodyThere = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'EAFNOSUPPORT'];

function explain(error: unknown): Reply {
  const { code = '' } = error as NodeJS.ErrnoException;
  return { is: nobodyThere.includes(code) ? 'nobody' : 'failure', reason: reasonInWords(error) };
}

/** Why a request failed, in words that complete "… failed: ". */
export function reasonInWords(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // What the parser cannot read has a code of its own for each way not to be HTTP.
  return reasons[code] ?? (code.startsWith('HPE_') ? 'the answer is no HTTP' : message);
}
