// What a new configuration means for the listeners that are open.

import { formatInstanceUri } from 'alloydb-connector';
import type { InstanceConfig } from '../config/config.ts';
import { formatListenAt } from '../config/listen-plan.ts';

export interface ReloadPlan {
  /** For each instance of the new configuration, the place of its listener among the old ones; undefined for a new one. */
  readonly from: readonly (number | undefined)[];
  /** Old listeners that nobody asks for any more. */
  readonly removed: readonly number[];
}

/**
 * A listener is known by where it listens, whatever instance is behind it: two instances may swap their ports without a
 * moment in which nobody listens. Where the system chooses the port, it is known by its instance.
 */
export function planReload(before: readonly InstanceConfig[], after: readonly InstanceConfig[]): ReloadPlan {
  const open = new Map(listenerKeys(before).map((key, index) => [key, index]));
  const from = listenerKeys(after).map((key) => open.get(key));
  const kept = new Set(from);
  return { from, removed: before.map((_, index) => index).filter((index) => !kept.has(index)) };
}

/** The same instance may stand behind several ports that the system chooses. */
function listenerKeys(instances: readonly InstanceConfig[]): readonly string[] {
  const seen = new Map<string, number>();
  return instances.map(({ uri, listen }) => {
    const place = formatListenAt(listen);
    const key = listen.kind === 'tcp' && listen.port === 0 ? `${place} ${formatInstanceUri(uri)}` : place;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return count === 0 ? key : `${key} ${count}`;
  });
}
