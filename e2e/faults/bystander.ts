// A session that nothing may happen to: works all the time while others are broken.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

export interface BystanderFigures {
  readonly rounds: number;
  readonly slowestMs: number;
}

const pauseMs = 50;
// One round takes a millisecond. A busy machine may stretch that; a session that waits for another one's fault takes longer.
const roundLimitMs = 5_000;

export class Bystander implements AsyncDisposable {
  readonly #round: () => Promise<void>;
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;
  #failure: unknown;
  #rounds = 0;
  #slowestMs = 0;

  /** @param round one piece of work on a session that stays open; rejects when the session was harmed. */
  constructor(round: () => Promise<void>) {
    this.#round = round;
    this.#over = this.#run();
  }

  get figures(): BystanderFigures {
    return { rounds: this.#rounds, slowestMs: Math.round(this.#slowestMs) };
  }

  assertUnharmed(): void {
    assert.equal(this.#failure, undefined, `the bystander failed after ${this.#rounds} rounds`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted && this.#failure === undefined) {
      const startedAt = performance.now();
      try {
        await withinLimit(this.#round());
        this.#rounds += 1;
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#failure = error;
      }
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
      await sleep(pauseMs);
    }
  }
}

async function withinLimit(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${roundLimitMs} ms`)), roundLimitMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
