// When the connector of a reload is ready to take over.

import type { Connector, InstanceUri } from 'alloydb-connector';
import type { ProxyConfig } from '../config/config.ts';

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
