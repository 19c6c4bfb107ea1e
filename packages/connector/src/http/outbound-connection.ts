// A connection for somebody else's HTTP request, along the routes that the connector's own requests take.

import type { Socket } from 'node:net';
import { readProxySettings } from '../dial/proxy-settings.ts';
import { openConnection } from './routed-connection.ts';

export interface OutboundConnectionOptions {
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read. Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the attempt, and its socket, at once. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the host of an http or https URL, with TLS for https: to be given to `http.request` or `https.request` as
 * `createConnection`. A proxy on the way is asked for a tunnel. The socket is the caller's to destroy.
 *
 * @throws {ConnectorError} `INVALID_OPTION` for a proxy that cannot be used; otherwise rejects with what failed.
 */
export async function connectForUrl(url: URL, options: OutboundConnectionOptions): Promise<Socket> {
  const { env = process.env, signal } = options;
  return openConnection(url, { routeFor: readProxySettings(env).routeForUrl }, signal);
}
