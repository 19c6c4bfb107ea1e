// Lines on their way to somewhere slow: kept in order, never waited for, and dropped and counted when too many wait.

import type { LineSink } from './logger.ts';
import { atMost, pause } from '../waiting.ts';

/** How much waits for something slow before lines are dropped, in bytes. */
const LONGEST_BACKLOG = 4 * 1024 * 1024;

/**
 * From the beginning of one write to the next, in milliseconds: the first line of all goes out at once, and those that come in quick
 * succession together. A write of its own for each costs a tenth of a new connection's processor time (docs/performance.md).
 */
const WRITE_GAP_MS = 25;

/** Writes lines, in order; resolves when they are written or never will be. Is not called again before that. */
export type WriteLines = (lines: readonly string[]) => Promise<void>;

export class LineQueue implements LineSink {
  onLost: (count: number) => void = () => undefined;
  readonly #writeLines: WriteLines;
  #waiting: string[] = [];
  #backlog = 0;
  #lost = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  /** Of the pause before the next write. */
  #hurry: AbortController | undefined;
  #lastWriteAt = Number.NEGATIVE_INFINITY;

  constructor(writeLines: WriteLines) {
    this.#writeLines = writeLines;
  }

  write(line: string): void {
    if (this.#backlog > LONGEST_BACKLOG) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#backlog += line.length;
    if (this.#idle === undefined) void this.#drain();
  }

  /**
   * Waits until everything is written, but not for something that takes no more.
   *
   * @param limitMs milliseconds.
   */
  async flush(limitMs: number): Promise<void> {
    if (this.#idle === undefined) return;
    this.#hurry?.abort();
    await atMost(limitMs, this.#idle.promise);
  }

  async #drain(): Promise<void> {
    const idle = Promise.withResolvers<void>();
    this.#idle = idle;
    while (this.#waiting.length > 0) {
      await this.#awaitGap();
      this.#lastWriteAt = performance.now();
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#writeLines(lines);
      this.#backlog = this.#waiting.reduce((sum, line) => sum + line.length, 0);
      this.#reportLost();
    }
    this.#idle = undefined;
    idle.resolve();
  }

  async #awaitGap(): Promise<void> {
    const sinceLastMs = performance.now() - this.#lastWriteAt;
    if (sinceLastMs >= WRITE_GAP_MS) return;
    this.#hurry = new AbortController();
    await pause(WRITE_GAP_MS - sinceLastMs, this.#hurry.signal);
  }

  #reportLost(): void {
    if (this.#lost === 0) return;
    const count = this.#lost;
    this.#lost = 0;
    this.onLost(count);
  }
}
