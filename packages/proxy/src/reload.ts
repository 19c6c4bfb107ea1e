// Reads the configuration again while the proxy runs, and applies it whole or not at all.

import type { Request } from './cli/program.ts';
import type { Logger } from './observability/logger.ts';

type Start = Extract<Request, { kind: 'start' }>;

export interface ReloaderOptions {
  /** Reads everything anew; rejects for any mistake in it. */
  readonly read: () => Promise<Start>;
  /** Makes the running proxy what is asked for; rejects, with nothing changed, when that is impossible. */
  readonly apply: (start: Start) => Promise<void>;
  readonly logger: Logger;
  /** Told when a reload begins, and when it is over. */
  readonly onChange?: (state: 'reloading' | 'ready') => void;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<void> | undefined;
  /** Asked for while another one runs, which may have read too early. */
  #again: string | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /**
   * Reloads now, or once more after the reload under way. Never rejects: what goes wrong is logged, and the configuration
   * that runs stays.
   *
   * @param reason why, for the log.
   */
  async reload(reason: string): Promise<void> {
    if (this.#running !== undefined) {
      this.#again = reason;
      return this.#running;
    }
    this.#running = this.#reloadAll(reason);
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #reloadAll(first: string): Promise<void> {
    for (let reason: string | undefined = first; reason !== undefined; reason = this.#again) {
      this.#again = undefined;
      await this.#reloadOnce(reason);
    }
  }

  async #reloadOnce(reason: string): Promise<void> {
    const { read, apply, logger, onChange } = this.#options;
    onChange?.('reloading');
    logger.info(`Reloading the configuration: ${reason}`);
    try {
      const start = await read();
      for (const notice of start.notices) logger.warn(notice);
      await apply(start);
    } catch (error) {
      const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
      logger.error(
        `cannot reload the configuration, the one before stays: ${error instanceof Error ? error.message : String(error)}`,
        hint === undefined ? {} : { hint },
      );
    } finally {
      onChange?.('ready');
    }
  }
}

/** Wishes to reload over the life of a process: kept until there is something to reload, and dropped once it ends. */
export class PendingReloads {
  #state:
    | { readonly at: 'starting'; readonly reason: string | undefined }
    | { readonly at: 'serving'; readonly reloader: Reloader }
    | { readonly at: 'closed' } = { at: 'starting', reason: undefined };

  /** @param reason why, for the log. */
  ask(reason: string): void {
    if (this.#state.at === 'serving') void this.#state.reloader.reload(reason);
    else if (this.#state.at === 'starting') this.#state = { at: 'starting', reason };
  }

  /** From now on it can be done; what was asked before is done at once. */
  serve(reloader: Reloader): void {
    if (this.#state.at !== 'starting') return;
    const { reason } = this.#state;
    this.#state = { at: 'serving', reloader };
    if (reason !== undefined) this.ask(reason);
  }

  /** Idempotent. */
  close(): void {
    this.#state = { at: 'closed' };
  }
}
