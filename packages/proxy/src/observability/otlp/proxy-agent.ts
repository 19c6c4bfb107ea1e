// Lets exporters take the outbound proxy of HTTPS_PROXY and HTTP_PROXY, where there is one.

import { Duplex } from 'node:stream';
import { connectForUrl } from 'alloydb-connector';

// An agent is told of no signal, so an attempt that nobody waits for any more must end by itself.
const connectLimitMs = 30_000;

/**
 * Undefined where no proxy is set: the exporters' own agents then heed the certificates of the standard variables.
 * Bun heeds the variables by itself.
 */
export function proxyAgent(env: NodeJS.ProcessEnv) {
  const isSet = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => (env[name] ?? '') !== '');
  if (!isSet || process.versions.bun !== undefined) return undefined;
  return async (protocol: string) => {
    const { Agent } = protocol === 'https:' ? await import('node:https') : process.getBuiltinModule('node:http');
    const agent = new Agent({ keepAlive: true });
    agent.createConnection = ({ host, port }, connected) => {
      const name = host ?? 'localhost';
      const url = new URL(`${protocol}//${name.includes(':') ? `[${name}]` : name}:${port}`);
      connectForUrl(url, { env, signal: AbortSignal.timeout(connectLimitMs) }).then(
        (socket) => connected?.(null, socket),
        // Nothing looks at the stream beside an error, but the type wants one.
        (error: unknown) => connected?.(error instanceof Error ? error : new Error(String(error)), new Duplex()),
      );
      return undefined;
    };
    return agent;
  };
}
