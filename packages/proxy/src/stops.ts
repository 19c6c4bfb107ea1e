// Why a started proxy stops: a signal, a request to the admin server, or an error that nobody handled.

import type { Logger } from './observability/logger.ts';

export type Stop =
  | { readonly by: 'SIGINT' | 'SIGTERM' | 'quitquitquit' }
  | { readonly by: 'error'; readonly error: unknown };

export interface Stops {
  /** Resolves at the first signal or unhandled error. */
  readonly first: Promise<Stop>;
  /** Aborts at the same moment. */
  readonly asked: AbortSignal;
  /** Aborts at the second one: whoever asks twice does not want to wait. */
  readonly second: AbortSignal;
  readonly ask: (stop: Stop) => void;
}

/**
 * After an error that nobody handled the state of the process is unknown: it drains in order, exits with 1 and leaves its
 * restart to the supervisor. Further ones are counted and logged.
 */
export function watchForStops(logger: Logger): Stops {
  const { promise: first, resolve } = Promise.withResolvers<Stop>();
  const asked = new AbortController();
  const second = new AbortController();
  const ask = (stop: Stop): void => {
    if (asked.signal.aborted) second.abort();
    asked.abort(new Error('the proxy was asked to stop'));
    resolve(stop);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ask({ by: signal }));
  let unhandled = 0;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      unhandled += 1;
      logger.error(`unhandled error ${unhandled}: ${describe(error)}`);
      // One after the first stop is no wish to hurry.
      if (!asked.signal.aborted) ask({ by: 'error', error });
    });
  }
  return { first, asked: asked.signal, second: second.signal, ask };
}

export function stopLine(stop: Stop): string {
  switch (stop.by) {
    case 'error':
      return `The proxy has encountered a terminal error: ${describe(stop.error)}`;
    case 'quitquitquit':
      return '/quitquitquit received request. Shutting down...';
    case 'SIGINT':
    case 'SIGTERM':
      return `${stop.by} signal received. Shutting down...`;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
