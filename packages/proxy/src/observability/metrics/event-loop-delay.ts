// How long the event loop keeps a session waiting for its turn, measured while somebody wants to know.

import { Histogram } from '../model/histogram.ts';

// perf_hooks has a monitor of its own, whose figures mean different things in Node and in Bun, and which wakes the process
// a hundred times a second unless told otherwise.
const intervalMs = 500;
const bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export class EventLoopDelay implements Disposable {
  /** In seconds. */
  readonly histogram = new Histogram(bounds);
  readonly #timer: NodeJS.Timeout;
  #expectedAt = performance.now() + intervalMs;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), intervalMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.histogram.observe(Math.max(0, now - this.#expectedAt) / 1_000);
    this.#expectedAt = now + intervalMs;
  }
}
