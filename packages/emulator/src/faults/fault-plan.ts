// The faults that are still to happen, in the order in which they were asked for.

import type { AcceptFault, ApiFault, ExchangeFault, Fault, FaultOrder, TokenFault } from './fault.ts';

interface FaultsAt {
  readonly accept: AcceptFault;
  readonly exchange: ExchangeFault;
  readonly api: ApiFault;
  readonly token: TokenFault;
}

type Stage = keyof FaultsAt;

const STAGE_OF = {
  'refuse-client-certificate': 'accept',
  'foreign-server-certificate': 'accept',
  'stall-at-accept': 'accept',
  'exchange-error': 'exchange',
  'postgres-error': 'exchange',
  'truncated-reply': 'exchange',
  'oversized-reply': 'exchange',
  'close-before-reply': 'exchange',
  'reset-before-reply': 'exchange',
  'stall-before-reply': 'exchange',
  'api-error': 'api',
  'api-delay': 'api',
  'api-reset': 'api',
  'token-error': 'token',
} as const satisfies Record<Fault['kind'], Stage>;

interface Pending {
  readonly order: FaultOrder;
  remaining: number;
}

export class FaultPlan {
  #pending: Pending[] = [];

  add(order: FaultOrder): void {
    this.#pending.push({ order, remaining: order.times ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** The next fault of this stage that fits the place, counted as happened. */
  take<S extends Stage>(
    stage: S,
    place: { readonly instance?: string; readonly method?: string } = {},
  ): FaultsAt[S] | undefined {
    const next = this.#pending.find(({ order }) => STAGE_OF[order.kind] === stage && fits(order, place));
    if (next === undefined) return undefined;
    next.remaining -= 1;
    if (next.remaining <= 0) this.#pending = this.#pending.filter((pending) => pending !== next);
    // STAGE_OF has just said that this kind belongs to the stage.
    return next.order as FaultsAt[S];
  }
}

function fits(order: FaultOrder, place: { readonly instance?: string; readonly method?: string }): boolean {
  if (order.instance !== undefined && order.instance !== place.instance) return false;
  return !('method' in order) || order.method === undefined || order.method === place.method;
}
