// Notices that a file has been written or replaced, when asked.

import { statSync } from 'node:fs';
import type { Clock } from '../refresh/clock.ts';

// Often enough for a key that is rotated, and no work at all while nobody asks.
const checkIntervalMs = 1_000;

/**
 * Compares what the path leads to. Links are followed, so a file put in place by rename is seen, and so are Kubernetes'
 * swaps of the link to a whole folder; file system notifications miss either.
 */
export class WatchedFile {
  readonly #path: string;
  readonly #clock: Clock;
  #stamp: string;
  #checkedAt: number;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#stamp = stampOf(path);
    this.#checkedAt = clock.now();
  }

  /** True once for each change that is seen. Looks at most once a second, unless told to look now. */
  changed({ now = false }: { readonly now?: boolean } = {}): boolean {
    // A pipe, as the shell makes one for <(…), can be read once only.
    if (this.#stamp === 'no file') return false;
    const sinceMs = Math.abs(this.#clock.now() - this.#checkedAt);
    if (!now && sinceMs < checkIntervalMs) return false;
    this.#checkedAt = this.#clock.now();
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    return true;
  }
}

function stampOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true });
    return stat.isFile() ? [stat.dev, stat.ino, stat.size, stat.mtimeNs].join(':') : 'no file';
  } catch {
    // Why it cannot be looked at is said by whoever goes on to read it.
    return 'absent';
  }
}
