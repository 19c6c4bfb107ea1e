// Waiting that an AbortSignal or a time limit can end, without ending the work that is waited for.

/**
 * Settles as the promise does, or rejects with the signal's reason as soon as it is aborted. The promise goes on: it may
 * be shared with other callers.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever leaves at once leaves a promise behind that may still fail; that is not an error nobody handled.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The reason with which {@link withTimeLimit} aborts. */
export class TimeLimitError extends Error {
  override readonly name: string = 'TimeLimitError';
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`no answer within ${formatSeconds(limitMs)}`);
    this.limitMs = limitMs;
  }
}

/**
 * Runs work under a signal that aborts when one of the outer ones does, or with a {@link TimeLimitError} after the limit.
 * While it waits the process stays alive, unless the work is done in the background and nobody waits for it.
 * When the work fails the signal is aborted as well, so that no part of it goes on by itself.
 *
 * AbortSignal.any would tie the signal to outer ones that live as long as the process; here nothing is left behind.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
  { background = false }: { readonly background?: boolean } = {},
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new TimeLimitError(limitMs)), limitMs);
  if (background) timer.unref();
  const onAbort = (): void => controller.abort(outer.find((signal) => signal.aborted)?.reason);
  for (const signal of outer) signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const signal of outer) signal.throwIfAborted();
    return await work(controller.signal);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    for (const signal of outer) signal.removeEventListener('abort', onAbort);
  }
}

/** `30000` → `30 s`, `1500` → `1.5 s`. */
export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
