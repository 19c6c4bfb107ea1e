// What a test has seen of connections that are kept warm.

import { type WarmEvent, warmChannel } from '../src/proxy/warm-events.ts';

export interface SeenWarmEvents extends Disposable {
  /** How many have come, as in `{ made: 2, used: 1, 'ended: dead': 1 }`. */
  readonly counts: () => Readonly<Record<string, number>>;
  /** Resolves when so many events of the kind have come. */
  readonly until: (kind: string, count?: number) => Promise<void>;
}

export function seeWarmEvents(): SeenWarmEvents {
  const counts: Record<string, number> = {};
  const waiting = new Set<() => void>();
  const listener = (message: unknown): void => {
    const event = message as WarmEvent;
    const kind = event.at === 'ended' ? `ended: ${event.why}` : event.at;
    counts[kind] = (counts[kind] ?? 0) + 1;
    for (const check of waiting) check();
  };
  warmChannel.subscribe(listener);
  return {
    counts: () => counts,
    until(kind, count = 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = (): void => {
        if ((counts[kind] ?? 0) < count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      return promise;
    },
    [Symbol.dispose]() {
      warmChannel.unsubscribe(listener);
    },
  };
}
