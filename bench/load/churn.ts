// Load: connections that are opened, shown to work by one byte from the server, and closed.

import type { Target } from './target.ts';
import { openEcho, type Timings } from './round-trips.ts';

export interface ChurnLoad {
  /** Under way at once. */
  readonly concurrency: number;
  readonly connections: number;
}

/** The time of a connection is that from the client's connect until the server's first byte. */
export async function churn(target: Target, { concurrency, connections }: ChurnLoad): Promise<Timings> {
  const tookMs: number[] = [];
  const beganMs = performance.now();
  let left = connections;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const openedMs = performance.now();
      const socket = await openEcho(target);
      tookMs.push(performance.now() - openedMs);
      socket.on('error', () => undefined).destroy();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return { tookMs, seconds: (performance.now() - beganMs) / 1000 };
}
