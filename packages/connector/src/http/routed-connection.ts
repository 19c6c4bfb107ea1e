// The connection under an HTTP request: TCP along the route of its URL, and TLS where the URL says https.

import type { LookupFunction, Socket } from 'node:net';
import { connectOutbound } from '../dial/outbound-proxy.ts';
import { startTls } from '../dial/public-tls.ts';
import type { Route } from '../dial/route.ts';

export interface RoutedConnectionOptions {
  readonly routeFor: (url: URL) => Route;
  /** Resolves host names. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
}

/** Rejects with an OutboundProxyError, the system's or TLS's error, or the signal's reason. */
export async function openConnection(
  url: URL,
  { routeFor, lookup }: RoutedConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const socket = await connectOutbound({ host, port }, { route: routeFor(url), lookup, signal });
  return secure ? startTls(socket, host, signal) : socket;
}
