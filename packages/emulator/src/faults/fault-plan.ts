// The faults that are still to happen, in the order in which they were asked for.

import { FAULT_TABLE, type FaultsAt, type Stage } from './fault-table.ts';
import type { FaultOrder } from './fault.ts';

interface Pending {
  readonly order: FaultOrder;
  remaining: number;
}

/** Where something is about to happen. */
export interface FaultPlace {
  /** URI of the instance, or name of the cluster when it is about all of them. */
  readonly resource?: string;
  readonly method?: string;
  readonly grant?: string;
}

export class FaultPlan {
  #pending: Pending[] = [];

  add(order: FaultOrder): void {
    this.#pending.push({ order, remaining: order.times ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** The orders not yet used up; `times` is what is left of them. */
  pending(): readonly FaultOrder[] {
    return this.#pending.map(({ order, remaining }) => ({ ...order, times: remaining }));
  }

  /** The next fault of this stage that fits the place, counted as happened. */
  take<S extends Stage>(stage: S, place: FaultPlace = {}): FaultsAt[S] | undefined {
    const next = this.#pending.find(({ order }) => FAULT_TABLE[order.kind].at === stage && fits(order, place));
    if (next === undefined) return undefined;
    next.remaining -= 1;
    if (next.remaining <= 0) this.#pending = this.#pending.filter((pending) => pending !== next);
    // The table has just said that this kind belongs to the stage.
    return next.order as FaultsAt[S];
  }
}

function fits(order: FaultOrder, place: FaultPlace): boolean {
  if ('grant' in order && order.grant !== undefined && order.grant !== place.grant) return false;
  if ('method' in order && order.method !== undefined && order.method !== place.method) return false;
  if (!('instance' in order) || order.instance === undefined) return true;
  return order.instance === place.resource || order.instance.startsWith(`${place.resource}/instances/`);
}
