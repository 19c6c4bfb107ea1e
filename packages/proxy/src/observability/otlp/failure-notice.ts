// Says once that exports fail, and once that they work again: a collector that is away must not fill the log.

import type { Logger } from '../logger.ts';

export interface ExportOutcome {
  readonly code: number;
  readonly error?: Error;
}

type Export<Items, Outcome extends ExportOutcome> = (items: Items, done: (outcome: Outcome) => void) => void;

/** What the SDKs take for success (`ExportResultCode.SUCCESS`). */
const success = 0;

export class FailureNotice {
  readonly #what: string;
  readonly #logger: Logger;
  #isFailing = false;

  /** @param what is sent to whom, as in `metrics to the collector`. */
  constructor(what: string, logger: Logger) {
    this.#what = what;
    this.#logger = logger;
  }

  /** Makes an exporter tell how it fares. */
  watch<Items, Outcome extends ExportOutcome>(exporter: { export: Export<Items, Outcome> }): void {
    const send = exporter.export.bind(exporter);
    exporter.export = (items, done) =>
      send(items, (outcome) => {
        this.note(outcome);
        done(outcome);
      });
  }

  note({ code, error }: ExportOutcome): void {
    const failed = code !== success;
    if (failed === this.#isFailing) return;
    this.#isFailing = failed;
    if (!failed) {
      this.#logger.info(`Sending ${this.#what} works again`);
      return;
    }
    const reason = error === undefined || error.message === '' ? 'no reason given' : error.message;
    this.#logger.warn(`cannot send ${this.#what}: ${reason}; connections are not concerned`, {
      hint: 'it is tried again and again; this is not said a second time until it has worked',
    });
  }
}
