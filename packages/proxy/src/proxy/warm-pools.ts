// The warm connections of all instances: how many each may have beside the clients that are there.

import { isDeepStrictEqual } from 'node:util';
import { formatInstanceUri, type RefreshEvent, refreshChannel } from 'alloydb-connector';
import type { InstanceConfig } from '../config/config.ts';
import { targetName } from '../config/instance-target.ts';
import type { Logger } from '../observability/logger.ts';
import type { Served } from './mounts.ts';
import type { Dial } from './session.ts';
import type { Slots } from './slots.ts';
import { WarmPool } from './warm-pool.ts';

export interface WarmPoolsOptions {
  readonly slots: Slots;
  readonly dialTo: (instance: InstanceConfig) => Dial;
  readonly logger: Logger;
  /** From 0 up to, but not including, 1. */
  readonly random?: () => number;
}

interface Entry extends Served {
  readonly pool: WarmPool;
}

/** Costs nothing, no timer and no look at the slots, while no instance asks for any. */
export class WarmPools {
  readonly #options: WarmPoolsOptions;
  #entries: readonly Entry[] = [];
  #isReckoning = false;

  constructor(options: WarmPoolsOptions) {
    this.#options = options;
  }

  /** Gives a client a connection that is ready, or dials one. */
  dialFor(instance: InstanceConfig): Dial {
    const dial = this.#options.dialTo(instance);
    if (instance.warmConnections === 0) return dial;
    return async (signal, session) => this.#entryOf(instance)?.pool.take() ?? dial(signal, session);
  }

  /**
   * Warms for these instances, and for no others.
   *
   * @param keep connections of instances that are dialled as before stay; without it all are made anew.
   */
  serve(served: readonly Served[], { keep }: { readonly keep: boolean }): void {
    const { dialTo, logger, random = Math.random } = this.#options;
    const left = keep ? [...this.#entries] : [];
    const entries = served.flatMap(({ instance, places }) => {
      if (instance.warmConnections === 0) return [];
      const index = left.findIndex((entry) => entry.places === places && isDialledAlike(entry.instance, instance));
      const [known] = index === -1 ? [] : left.splice(index, 1);
      const name = targetName(instance.target);
      const pool = known?.pool ?? new WarmPool({ instance: name, dial: dialTo(instance), logger, random });
      return [{ instance, places, pool }];
    });
    for (const { pool } of this.#entries) {
      if (!entries.some((entry) => entry.pool === pool)) pool.close();
    }
    this.#use(entries);
    this.#reckon();
  }

  /** Ends all; idempotent. */
  close(): void {
    for (const { pool } of this.#entries) pool.close();
    this.#use([]);
  }

  #use(entries: readonly Entry[]): void {
    const [had, has] = [this.#entries.length > 0, entries.length > 0];
    this.#entries = entries;
    if (has && !had) refreshChannel.subscribe(this.#onRefresh);
    if (had && !has) refreshChannel.unsubscribe(this.#onRefresh);
    this.#options.slots.onChange = has ? () => this.#reckonSoon() : undefined;
  }

  #entryOf(instance: InstanceConfig): Entry | undefined {
    return this.#entries.find((entry) => entry.instance === instance);
  }

  /** Once for all that happens in this turn: the client that has just got a place takes a connection for it first. */
  #reckonSoon(): void {
    if (this.#isReckoning) return;
    this.#isReckoning = true;
    setImmediate(() => {
      this.#isReckoning = false;
      this.#reckon();
    });
  }

  #reckon(): void {
    const wants = this.#entries.map(({ instance, places }) => Math.min(instance.warmConnections, places.free));
    const shares = shareOut(wants, this.#options.slots.free);
    for (const [index, { pool }] of this.#entries.entries()) pool.keep(shares[index] ?? 0);
  }

  /** Published before the new info is in use. */
  readonly #onRefresh = (message: unknown): void => {
    const event = message as RefreshEvent;
    if (event.at !== 'succeeded') return;
    setImmediate(() => {
      for (const { instance, pool } of this.#entries) {
        const { target } = instance;
        // Which instance a DNS name points to is not known here, and a look costs nothing.
        if (target.kind === 'domain' || formatInstanceUri(target.uri) === event.instance) pool.recheck();
      }
    });
  };
}

/** What each gets when there is not enough for all: one after the other in turn, so that nobody is left without. */
export function shareOut(wants: readonly number[], room: number): readonly number[] {
  const shares = wants.map(() => 0);
  let left = Math.max(
    0,
    Math.min(
      room,
      wants.reduce((sum, want) => sum + want, 0),
    ),
  );
  while (left > 0) {
    for (const [index, want] of wants.entries()) {
      const share = shares[index] ?? 0;
      if (left === 0 || share >= want) continue;
      shares[index] = share + 1;
      left -= 1;
    }
  }
  return shares;
}

function isDialledAlike(one: InstanceConfig, other: InstanceConfig): boolean {
  return isDeepStrictEqual(dialledBy(one), dialledBy(other));
}

function dialledBy({ target, ipType, autoIamAuthn, dialAddress }: InstanceConfig): Partial<InstanceConfig> {
  return { target, ipType, autoIamAuthn, dialAddress };
}
