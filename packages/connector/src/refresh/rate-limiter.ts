// A token bucket: how often the Admin API may be asked for one instance.

import type { Clock } from './clock.ts';

export interface RateLimiterOptions {
  /** Time in which one more attempt is earned, in milliseconds. Default 30,000, as in the official connectors. */
  readonly intervalMs?: number;
  /** Attempts that may follow each other at once. Default 2. */
  readonly burst?: number;
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burst: number;
  // The time at which the bucket was, or will be, full. It lies in the future by one interval for each attempt taken.
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { intervalMs, burst }: Required<RateLimiterOptions>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#burst = burst;
  }

  /** Takes an attempt and returns how long to wait before making it, in milliseconds; 0 within the burst. */
  reserve(): number {
    const now = this.#clock.now();
    this.#fullAt = this.#fullAgainAt(now) + this.#intervalMs;
    return Math.max(0, this.#fullAt - now - this.#burst * this.#intervalMs);
  }

  /** Whether an attempt could be made at once. Takes nothing. */
  get isOpen(): boolean {
    const now = this.#clock.now();
    return this.#fullAgainAt(now) - now <= (this.#burst - 1) * this.#intervalMs;
  }

  /** A clock that was set back must not lock the bucket for as long as it jumped. */
  #fullAgainAt(now: number): number {
    return Math.min(Math.max(this.#fullAt, now), now + this.#burst * this.#intervalMs);
  }
}
