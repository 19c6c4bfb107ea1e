// Whoever may ask the proxy to stop: signals, a request, the end of a command, an error that nobody handled. The first counts.

import type { Logger } from './observability/logger.ts';

export type Stop =
  | { readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'quitquitquit' | 'command' | 'idle-exit' | 'service' }
  | { readonly by: 'error'; readonly error: unknown };

export class Stops {
  readonly #first = Promise.withResolvers<Stop>();
  readonly #asked = new AbortController();
  readonly #second = new AbortController();

  /** Resolves when somebody has asked. */
  get first(): Promise<Stop> {
    return this.#first.promise;
  }

  /** Aborts at the same moment. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborts when it is asked again: whoever asks twice does not want to wait. */
  get second(): AbortSignal {
    return this.#second.signal;
  }

  ask(stop: Stop): void {
    if (this.#asked.signal.aborted) this.#second.abort();
    this.#asked.abort(new Error('the proxy was asked to stop'));
    this.#first.resolve(stop);
  }

  /** Asks, but is no wish to hurry when somebody has asked before. */
  askOnce(stop: Stop): void {
    if (!this.#asked.signal.aborted) this.ask(stop);
  }
}

/** Signals that end the proxy, and what each counts as. */
export const stopSignals: ReadonlyMap<NodeJS.Signals, 'SIGINT' | 'SIGTERM'> = new Map([
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  // Ctrl+Break of Windows, the only one that a program there can send to another: Go's os/signal takes it for the same interrupt.
  ['SIGBREAK', 'SIGINT'],
]);

export function stopAtSignals(stops: Stops): void {
  for (const [signal, by] of stopSignals) process.on(signal, () => stops.ask({ by }));
}

/**
 * After an error that nobody handled the state of the process is unknown: it drains in order, exits with 1 and leaves its
 * restart to the supervisor. Further ones are counted and logged.
 */
export function stopAtUnhandledErrors(stops: Stops, logger: Logger): void {
  let unhandled = 0;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      unhandled += 1;
      logger.error(`unhandled error ${unhandled}: ${describeError(error)}`);
      stops.askOnce({ by: 'error', error });
    });
  }
}

/** With its stack: whoever reads it has to find the place. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
