// Counts the sessions against their limits, and lets clients wait for a place.

/** Which limit stood in the way. */
export type SlotLimit = 'program' | 'instance' | 'descriptors';

export type SlotAnswer =
  /** The place is held until it is given back; giving it back again does nothing. */
  | { readonly kind: 'taken'; readonly giveBack: () => void }
  /** There was no place, nor one within the wait. */
  | { readonly kind: 'refused'; readonly by: SlotLimit; readonly limit: number; readonly waitedMs: number }
  /** The wait was ended: by the signal, or by {@link Slots.endWaiting}. */
  | { readonly kind: 'cancelled' };

export interface SlotsOptions {
  /** Most sessions at one time over all instances; 0 is no limit. */
  readonly limit: number;
  /** How long a client may wait for a place, in milliseconds; 0 refuses it at once. Default 0. */
  readonly waitMs?: number;
}

/** The places of one instance, which count against the limit of the program too. */
export interface InstanceSlots {
  readonly taken: number;
  /** Places that the instance's own limit leaves; endless without one. */
  readonly free: number;
  /** Most sessions at one time; 0 is no limit. Whoever is beyond a lower one stays. */
  limit: number;
  /** Answers at once when there is a place, or no wait for one; otherwise in the order in which clients came. */
  acquire(signal: AbortSignal): SlotAnswer | Promise<SlotAnswer>;
}

interface Counter {
  limit: number;
  taken: number;
}

interface Waiter {
  readonly instance: Counter;
  readonly settle: (answer: SlotAnswer) => void;
}

// Timers count in 31 bits, and take a longer delay for none at all.
const longestTimerMs = 2 ** 31 - 1;

export class Slots {
  /**
   * Sessions for which there are file descriptors; undefined while nobody knows. A client that waits holds half of what a
   * session does, so nobody is let wait beyond this either.
   */
  descriptorLimit: number | undefined;
  /** Called when places were taken or given back, or a limit has changed. */
  onChange: (() => void) | undefined;
  readonly #program: Counter;
  #waitMs: number;
  readonly #waiters = new Set<Waiter>();
  #refused = 0;

  constructor({ limit, waitMs = 0 }: SlotsOptions) {
    this.#program = { limit, taken: 0 };
    this.#waitMs = Math.min(waitMs, longestTimerMs);
  }

  get limit(): number {
    return this.#program.limit;
  }

  /** Changes the limits for whoever comes from now on; whoever waits waits on, or gets in at once. */
  reconfigure({ limit, waitMs = 0 }: SlotsOptions): void {
    this.#program.limit = limit;
    this.#waitMs = Math.min(waitMs, longestTimerMs);
    this.#serveWaiters();
  }

  get taken(): number {
    return this.#program.taken;
  }

  /** Places that all instances have left together; endless without a limit. */
  get free(): number {
    return Math.min(freeOf(this.#program), (this.descriptorLimit ?? Number.POSITIVE_INFINITY) - this.#program.taken);
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Clients refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** @param limit most sessions of this instance at one time; 0 is no limit of its own. */
  forInstance(limit: number): InstanceSlots {
    const counter: Counter = { limit, taken: 0 };
    const serveWaiters = (): void => this.#serveWaiters();
    return {
      get taken() {
        return counter.taken;
      },
      get free() {
        return freeOf(counter);
      },
      get limit() {
        return counter.limit;
      },
      set limit(next: number) {
        counter.limit = next;
        serveWaiters();
      },
      acquire: (signal) => this.#acquire(counter, signal),
    };
  }

  /** Ends every wait now, for a proxy that shuts down. */
  endWaiting(): void {
    for (const waiter of this.#waiters) waiter.settle({ kind: 'cancelled' });
  }

  #acquire(instance: Counter, signal: AbortSignal): SlotAnswer | Promise<SlotAnswer> {
    if (signal.aborted) return { kind: 'cancelled' };
    const by = this.#obstacle(instance);
    if (by === undefined) return this.#take(instance);
    return this.#mayWait(by) ? this.#wait(instance, signal) : this.#refuse(instance, { by, waitedMs: 0 });
  }

  /** Synchronous from the look at the limits to the count, so that two clients never get the same place. */
  #take(instance: Counter): SlotAnswer {
    const counters = [this.#program, instance];
    for (const counter of counters) counter.taken += 1;
    this.onChange?.();
    let held = true;
    const giveBack = (): void => {
      if (!held) return;
      held = false;
      for (const counter of counters) counter.taken -= 1;
      this.#serveWaiters();
    };
    return { kind: 'taken', giveBack };
  }

  #refuse(instance: Counter, { by, waitedMs }: { readonly by: SlotLimit; readonly waitedMs: number }): SlotAnswer {
    this.#refused += 1;
    const limits = { program: this.#program.limit, instance: instance.limit, descriptors: this.descriptorLimit ?? 0 };
    return { kind: 'refused', by, limit: limits[by], waitedMs };
  }

  #wait(instance: Counter, signal: AbortSignal): Promise<SlotAnswer> {
    const { promise, resolve } = Promise.withResolvers<SlotAnswer>();
    const onAbort = (): void => waiter.settle({ kind: 'cancelled' });
    const onTimeout = (): void => {
      const by = this.#obstacle(instance) ?? 'program';
      waiter.settle(this.#refuse(instance, { by, waitedMs: this.#waitMs }));
    };
    const timer = setTimeout(onTimeout, this.#waitMs);
    const waiter: Waiter = {
      instance,
      settle: (answer) => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** In the order of arrival; those of a full instance are passed over, for they must not hold up the others. */
  #serveWaiters(): void {
    this.onChange?.();
    for (const waiter of this.#waiters) {
      if (this.#obstacle(waiter.instance) === undefined) waiter.settle(this.#take(waiter.instance));
    }
  }

  #obstacle(instance: Counter): SlotLimit | undefined {
    if (this.#program.taken >= (this.descriptorLimit ?? Number.POSITIVE_INFINITY)) return 'descriptors';
    if (isFull(this.#program)) return 'program';
    return isFull(instance) ? 'instance' : undefined;
  }

  #mayWait(by: SlotLimit): boolean {
    if (this.#waitMs === 0 || by === 'descriptors') return false;
    if (this.descriptorLimit === undefined) return true;
    return this.#program.taken + this.#waiters.size / 2 < this.descriptorLimit;
  }
}

function isFull({ limit, taken }: Counter): boolean {
  return limit > 0 && taken >= limit;
}

function freeOf({ limit, taken }: Counter): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : Math.max(0, limit - taken);
}
