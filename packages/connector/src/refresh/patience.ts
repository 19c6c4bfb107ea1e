// Waiting for something new while something old is still good: not for as long as the new may take.

import type { Clock } from './clock.ts';

/** In milliseconds: several times what an API takes that answers, a sixth of the time that a dial has by default. */
export const patienceMs = 5_000;

export class Patience<T> {
  readonly #done: Promise<T>;
  readonly #lost = Promise.withResolvers<void>();
  #isLost = false;

  /** @param onLost Called once if it takes too long, before those who wait go on. */
  constructor(done: Promise<T>, clock: Clock, onLost?: () => void) {
    this.#done = done;
    const timer = clock.setTimer(patienceMs, () => {
      this.#isLost = true;
      onLost?.();
      this.#lost.resolve();
    });
    const clear = (): void => timer.clear();
    done.then(clear, clear);
  }

  /** What is new; or what is old, if there still is something, when the new fails or takes too long. */
  async orElse(old: () => T | undefined): Promise<T> {
    try {
      await Promise.race([this.#done, this.#lost.promise]);
    } catch (error) {
      const fallback = old();
      if (fallback !== undefined) return fallback;
      throw error;
    }
    return (this.#isLost ? old() : undefined) ?? this.#done;
  }
}
