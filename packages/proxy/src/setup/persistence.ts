// Trying again, for a while: a new service account or key is not known everywhere at once.

import { setTimeout } from 'node:timers/promises';

/** Resolves after that many milliseconds, or rejects with the signal's reason. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** Before each further attempt, in milliseconds: Google speaks of a minute at most. */
const pausesMs: readonly number[] = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000];

export interface Persistence {
  readonly pause: Pause;
  readonly signal: AbortSignal;
}

/**
 * The first result that `isFinal`, or else the last one.
 *
 * @throws what an attempt throws, at once.
 */
export async function persist<Result>(
  attempt: () => Promise<Result>,
  isFinal: (result: Result) => boolean,
  { pause, signal }: Persistence,
): Promise<Result> {
  let result = await attempt();
  for (const ms of pausesMs) {
    if (isFinal(result)) return result;
    await pause(ms, signal);
    result = await attempt();
  }
  return result;
}

export const systemPause: Pause = async (ms, signal) => {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
};
