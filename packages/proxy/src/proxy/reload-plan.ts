// What a new configuration means for the listeners that are open.

import type { InstanceConfig } from '../config/config.ts';
import { formatTarget } from '../config/instance-target.ts';
import { formatListenAt } from '../config/listen-plan.ts';

export interface ReloadPlan {
  /** For each instance of the new configuration, the place of its listener among the old ones; undefined for a new one. */
  readonly from: readonly (number | undefined)[];
  /** Old listeners that nobody asks for any more. */
  readonly removed: readonly number[];
}

/** An instance whose listener is open, on another port perhaps than was asked for. */
export type OpenInstance = InstanceConfig & { readonly boundPort?: number | undefined };

/**
 * A listener is known by where it listens, whatever instance is behind it: two instances may swap their ports without a
 * moment in which nobody listens. Where the system chooses the port, it is known by its instance.
 */
export function planReload(before: readonly OpenInstance[], after: readonly InstanceConfig[]): ReloadPlan {
  const open = new Map(listenerKeys(before).map((key, index) => [key, index]));
  const asBefore = listenerKeys(after).map((key) => open.get(key));
  const kept = new Set(asBefore);
  // A listener that had to move, and that is now asked for where it is.
  const from = asBefore.map((known, index) => {
    const moved = known ?? before.findIndex((each, at) => !kept.has(at) && isBoundTo(each, after[index]));
    if (moved === -1) return undefined;
    kept.add(moved);
    return moved;
  });
  return { from, removed: before.map((_, index) => index).filter((index) => !kept.has(index)) };
}

function isBoundTo({ listen, boundPort }: OpenInstance, wanted: InstanceConfig | undefined): boolean {
  if (listen.kind !== 'tcp' || wanted?.listen.kind !== 'tcp' || wanted.listen.port === 0) return false;
  return listen.host === wanted.listen.host && boundPort === wanted.listen.port;
}

/** The same instance may stand behind several ports that the system chooses. */
function listenerKeys(instances: readonly InstanceConfig[]): readonly string[] {
  const seen = new Map<string, number>();
  return instances.map(({ target, listen }) => {
    const place = formatListenAt(listen);
    const key = listen.kind === 'tcp' && listen.port === 0 ? `${place} ${formatTarget(target)}` : place;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return count === 0 ? key : `${key} ${count}`;
  });
}
