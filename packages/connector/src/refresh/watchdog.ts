// Looks at the wall clock once a minute, because timers stand still while a laptop or a virtual machine sleeps.

import type { Clock, Timer } from './clock.ts';

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Time between two looks, in milliseconds. */
  readonly intervalMs: number;
  readonly onTick: () => void;
}

/** Ticks until closed. What is due is for the listener to decide: it compares its own times with the clock. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: Timer | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#arm();
  }

  /** Idempotent. */
  close(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #arm(): void {
    const { clock, intervalMs, onTick } = this.#options;
    this.#timer = clock.setTimer(intervalMs, () => {
      this.#arm();
      onTick();
    });
  }
}
