// What every kind of fuzzing does: rounds until the time is over, several at once, and the same questions afterwards.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { mebibytes, openDescriptors, peakResidentBytes } from '../support/process-figures.ts';
import type { ProxyProcess } from '../support/proxy-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export interface FuzzOptions {
  /** Decides every round: the same seed makes the same inputs, though not the same moments. */
  readonly seed: number;
  readonly seconds: number;
}

export interface FuzzReport {
  readonly rounds: number;
  /** For the table: memory, descriptors, whatever there is to tell. */
  readonly figures: string;
}

export type Fuzz = (options: FuzzOptions) => Promise<FuzzReport>;

const lanes = 8;
const settleLimitMs = 10_000;
// With a small heap: code that is compiled on the way, and pages that malloc keeps for the next time.
const marginBytes = 64 * 1024 * 1024;
// At the worst moment: a few answers or floods of the longest kind at once.
const peakMarginBytes = 192 * 1024 * 1024;

/** Runs rounds in several lanes, each with random numbers of its own, until the time is over. */
export async function runRounds(
  { seed, seconds }: FuzzOptions,
  round: (random: SeededRandom) => Promise<void>,
): Promise<number> {
  const deadline = Date.now() + seconds * 1000;
  const random = new SeededRandom(seed);
  let rounds = 0;
  const lane = async (own: SeededRandom): Promise<void> => {
    while (Date.now() < deadline) {
      await round(own);
      rounds += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, () => lane(random.fork())));
  return rounds;
}

export class Figures {
  readonly #proxy: ProxyProcess;
  readonly #resident: number;
  readonly #descriptors: number;

  /** Remembers the process as it is now, idle and warm. */
  constructor(proxy: ProxyProcess) {
    this.#proxy = proxy;
    this.#resident = proxy.residentBytes;
    this.#descriptors = openDescriptors(proxy.pid);
  }

  /** @throws {AssertionError} unless descriptors are back, memory was and is bounded, and nothing went unhandled. */
  async assertSettled(): Promise<string> {
    const deadline = Date.now() + settleLimitMs;
    const more = (): number => openDescriptors(this.#proxy.pid) - this.#descriptors;
    while (more() > 0) {
      assert.ok(Date.now() < deadline, `the proxy holds ${more()} descriptors more after ${settleLimitMs} ms`);
      await sleep(50);
    }
    const grown = this.#proxy.residentBytes - this.#resident;
    assert.ok(grown < marginBytes, `resident memory grew by ${mebibytes(grown)}`);
    const peak = peakResidentBytes(this.#proxy.pid) - this.#resident;
    assert.ok(peak < peakMarginBytes, `resident memory had grown by ${mebibytes(peak)} at its peak`);
    this.#proxy.assertNoUnhandledError();
    const unhandled = this.#proxy.stderr.match(/unhandled error \d+:/g)?.length ?? 0;
    assert.equal(unhandled, 0, 'unhandled errors');
    const memory = `memory +${mebibytes(grown)}, at its peak +${mebibytes(peak)}`;
    return `${memory}, descriptors ${this.#descriptors} again, unhandled errors ${unhandled}`;
  }
}
