// Agents that let a library's own HTTP requests take the same routes as ours.

import type { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Duplex } from 'node:stream';
import { withTimeLimit } from '../abort.ts';
import { formatAddress } from '../dial/address.ts';
import { http as nodeHttp } from './node-http.ts';
import { openConnection, type RoutedConnectionOptions } from './routed-connection.ts';

// An agent is told of no signal, so an attempt that nobody waits for any more must end by itself.
const connectLimitMs = 60_000;

/**
 * Finds the agent for a URL, for libraries such as google-auth-library that take one. The route is that of the request,
 * so that a redirect to another host takes its own. Each request gets a connection, which is closed behind it; options
 * for TLS, such as a client certificate, are not taken over.
 *
 * Node only: Bun sends a library's requests by its own fetch, which uses no agent.
 */
export function createAgentFor(options: RoutedConnectionOptions): (url: URL) => HttpAgent {
  const http = routed(new nodeHttp.Agent(), 'http:', options);
  const https = routed(new HttpsAgent(), 'https:', options);
  return ({ protocol }) => (protocol === 'https:' ? https : http);
}

/** An agent's way to open connections may be replaced, by the documentation of node:http. */
function routed(agent: HttpAgent, protocol: 'http:' | 'https:', options: RoutedConnectionOptions): HttpAgent {
  agent.createConnection = ({ host, port }, connected) => {
    const url = new URL(`${protocol}//${formatAddress(host ?? 'localhost', Number(port))}`);
    withTimeLimit(connectLimitMs, [], (signal) => openConnection(url, options, signal)).then(
      (socket) => connected?.(null, socket),
      // Nothing looks at the stream beside an error, but the type wants one.
      (error: unknown) => connected?.(error instanceof Error ? error : new Error(String(error)), new Duplex()),
    );
    return undefined;
  };
  return agent;
}
