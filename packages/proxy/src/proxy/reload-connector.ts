// Whether a reload takes another connector, and when that is ready to take over.

import type { Connector, ConnectorOptions, InstanceUri } from 'alloydb-connector';
import type { ProxyConfig } from '../config/config.ts';

/** What makes two connectors different ones. A new one has no certificates yet, so the rest waits for the next start. */
export function identityOf(options: ConnectorOptions): ConnectorOptions {
  const { userAgent: _, dialTimeoutMs: __, keepAliveMs: ___, ...identity } = options;
  return identity;
}

// Whoever connects now is served with the old one, so there is time.
const readyLimitMs = 10_000;

/** Waits until there are certificates for all instances, or so long: one that has none must not hold up the others. */
export async function whenReady(
  connector: Connector,
  { lazyRefresh }: ProxyConfig,
  uris: readonly InstanceUri[],
): Promise<void> {
  if (lazyRefresh) return;
  const signal = AbortSignal.timeout(readyLimitMs);
  await Promise.allSettled(uris.map((uri) => connector.ready(uri, { signal })));
}
