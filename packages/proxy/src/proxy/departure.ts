// How a session leaves an instance that new sessions do not go to any more.

export interface DepartureOptions {
  /** Aborts when new sessions go elsewhere. */
  readonly superseded: AbortSignal;
  /** Asks the session to end as soon as it is idle. */
  readonly leave: () => void;
  /** Ends it at once. */
  readonly stop: () => void;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

// A client that has just logged in is about to send its query, and many are gone before this is over. Those that are left
// do not all come back in one moment.
const graceMs = 1_000;
const spreadMs = 1_000;
// Counted from there. The instance that was left may take no writes any more, or soon be gone.
const limitMs = 30_000;

/** Disposed of when the session is over. */
export class Departure implements Disposable {
  readonly #options: DepartureOptions;
  #timer: NodeJS.Timeout | undefined;
  readonly #onSuperseded = (): void => this.#begin();

  constructor(options: DepartureOptions) {
    this.#options = options;
    const { superseded } = options;
    if (superseded.aborted) this.#begin();
    else superseded.addEventListener('abort', this.#onSuperseded, { once: true });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#options.superseded.removeEventListener('abort', this.#onSuperseded);
  }

  #begin(): void {
    const { leave, stop, random } = this.#options;
    this.#timer = setTimeout(
      () => {
        this.#timer = setTimeout(stop, limitMs);
        leave();
      },
      graceMs + random() * spreadMs,
    );
  }
}
