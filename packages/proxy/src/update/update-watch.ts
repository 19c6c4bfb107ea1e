// Asks once a day, at a random time, whether there is a newer version. Delays nothing and fails nothing.

import { VERSION } from '../cli/version.ts';
import type { UpdateCheckConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { type UpdateCheckEvent, updateCheckChannel } from './update-events.ts';
import type { Verdict } from './verdict.ts';

/** What it needs of a clock. */
export interface Timers {
  /** The timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): { clear(): void };
}

export interface UpdateWatchOptions {
  /** Undefined when nobody asked for it: then it does nothing. */
  readonly asked: UpdateCheckConfig | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** From 0 up to 1. Default: Math.random. */
  readonly random?: () => number;
  readonly timers?: Timers;
  /** Default: asks whoever knows of newer versions. */
  readonly check?: (asked: UpdateCheckConfig, signal: AbortSignal) => Promise<Verdict>;
}

const dayMs = 86_400_000;

export class UpdateWatch implements Disposable {
  readonly #asked: UpdateCheckConfig | undefined;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #timers: Timers;
  readonly #check: NonNullable<UpdateWatchOptions['check']>;
  readonly #closed = new AbortController();
  #timer: { clear(): void } | undefined;
  #newer: string | undefined;

  constructor({ asked, env, logger, random = Math.random, timers = unreferenced, check }: UpdateWatchOptions) {
    this.#asked = isUnwanted(env) ? undefined : asked;
    this.#logger = logger;
    this.#random = random;
    this.#timers = timers;
    this.#check = check ?? ((found, signal) => checkNow(found, env, signal));
  }

  /** A version that is out; undefined when there is none, or when nobody has asked yet. */
  get newer(): string | undefined {
    return this.#newer;
  }

  /** What there is to tell whoever looks at the proxy: nothing, or one text. */
  get news(): readonly string[] {
    return this.#newer === undefined ? [] : [`version ${this.#newer} is out`];
  }

  /** The first time comes within a day. Proxies that start together do not ask together. */
  start(): void {
    if (this.#asked === undefined || this.#closed.signal.aborted) return;
    const delayMs = this.#random() * dayMs;
    this.#timer = this.#timers.setTimer(delayMs, () => void this.#run(dayMs - delayMs));
  }

  /** Ends the timer, and a request under way. Idempotent. */
  [Symbol.dispose](): void {
    this.#timer?.clear();
    this.#closed.abort(new Error('the proxy was asked to stop'));
  }

  async #run(restOfDayMs: number): Promise<void> {
    // Each day has its own random time.
    this.#timer = this.#timers.setTimer(restOfDayMs, () => this.start());
    const event = await this.#ask();
    if (this.#closed.signal.aborted) return;
    this.#newer = event.at === 'out-of-date' ? event.newest : event.at === 'up-to-date' ? undefined : this.#newer;
    if (updateCheckChannel.hasSubscribers) updateCheckChannel.publish(event);
  }

  async #ask(): Promise<UpdateCheckEvent> {
    const { signal } = this.#closed;
    try {
      if (this.#asked === undefined) throw new Error('nobody asked for it');
      const verdict = await this.#check(this.#asked, signal);
      const { status, current, newest, changes, update } = verdict;
      if (status === 'out-of-date') {
        const page = changes === undefined ? '' : `: ${changes}`;
        this.#logger.warn(`This is version ${current}, and ${newest} is out${page}`, { hint: update });
      } else this.#logger.info(`This is version ${current}, and there is no newer one`);
      return { at: status, current, newest, changes };
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (!signal.aborted) this.#logger.info(`Cannot tell whether there is a newer version: ${error.message}`);
      return { at: 'failed', current: VERSION, error };
    }
  }
}

/** As tools that tell of updates have agreed: not where nobody reads it, and not where somebody said so. */
function isUnwanted({ CI, NO_UPDATE_NOTIFIER }: NodeJS.ProcessEnv): boolean {
  return NO_UPDATE_NOTIFIER !== undefined || ![undefined, '', '0', 'false'].includes(CI);
}

const unreferenced: Timers = {
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return { clear: () => clearTimeout(timer) };
  },
};

/** Loads what it takes when the time has come. */
async function checkNow(asked: UpdateCheckConfig, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Verdict> {
  const { checkForUpdate } = await import('./check-for-update.ts');
  return checkForUpdate(asked, env, signal);
}
