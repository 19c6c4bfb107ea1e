// The states of a proxy from its start to its end, and how it drains.

import { pause } from '../waiting.ts';

/**
 * - `starting`: listeners are being opened.
 * - `serving`: all is well.
 * - `draining`: asked to end, and still accepting while load balancers and applications take notice.
 * - `closing`: new clients are refused, those that are there may finish.
 * - `stopped`: nothing is left.
 */
export type LifecycleState = 'starting' | 'serving' | 'draining' | 'closing' | 'stopped';

export interface DrainOptions {
  /** How long to go on accepting, in milliseconds. */
  readonly minDelayMs: number;
  /** How long sessions may go on in all, in milliseconds; the time of `minDelayMs` is not counted. */
  readonly maxDelayMs: number;
  /** End sessions in which nothing is going on, instead of waiting for their clients. */
  readonly endIdle: boolean;
  /** Ends all waiting at once when aborted. */
  readonly force: AbortSignal;
}

/** What is drained. */
export interface Drainable {
  enter(state: 'draining' | 'closing'): void;
  endIdleSessions(): void;
  /** Resolves when no session is left. */
  whenEmpty(): Promise<void>;
}

// How often sessions are looked at for having become idle.
const idleCheckMs = 100;

/** Resolves when everybody has left, the time is up, or it is forced. The listeners are still open then. */
export async function drain(proxy: Drainable, { minDelayMs, maxDelayMs, endIdle, force }: DrainOptions): Promise<void> {
  proxy.enter('draining');
  await pause(minDelayMs, force);
  proxy.enter('closing');
  if (maxDelayMs === 0 || force.aborted) {
    if (endIdle) proxy.endIdleSessions();
    return;
  }
  const over = new AbortController();
  const idleChecks = endIdle ? setInterval(() => proxy.endIdleSessions(), idleCheckMs) : undefined;
  try {
    if (endIdle) proxy.endIdleSessions();
    await Promise.race([proxy.whenEmpty(), pause(maxDelayMs, AbortSignal.any([force, over.signal]))]);
  } finally {
    clearInterval(idleChecks);
    over.abort();
  }
}
