// Repeats a call to the Admin API for as long as it answers that it is unavailable.

import type { Clock } from '../refresh/clock.ts';
import { AdminApiError } from './api-error.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

// Google's documented policy for these two calls: 1 s, growing by 1.3, at most 60 s.
const firstDelayMs = 1_000;
const growth = 1.3;
const longestDelayMs = 60_000;

/** Calls until something else than `ADMIN_API_UNAVAILABLE` comes or the signal aborts, then throws the last answer. */
export async function retryUnavailable<T>(call: () => Promise<T>, { clock, random, signal }: RetryOptions): Promise<T> {
  for (let limitMs = firstDelayMs; ; limitMs = Math.min(limitMs * growth, longestDelayMs)) {
    try {
      return await call();
    } catch (error) {
      if (!isUnavailable(error) || signal.aborted) throw error;
      // Full jitter: a fleet that failed together does not come back together. The server's own wish is respected.
      const slept = await sleep(clock, Math.max(retryAfterMs(error), random() * limitMs), signal);
      if (!slept) throw error;
    }
  }
}

function isUnavailable(error: unknown): error is AdminApiError {
  return error instanceof AdminApiError && error.code === 'ADMIN_API_UNAVAILABLE';
}

function retryAfterMs({ body }: AdminApiError): number {
  return body.retryAfterMs ?? 0;
}

/** Waits; false when the signal ended the wait. */
function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onAbort = (): void => {
    timer.clear();
    resolve(false);
  };
  const timer = clock.setTimer(delayMs, () => {
    signal.removeEventListener('abort', onAbort);
    resolve(true);
  });
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
