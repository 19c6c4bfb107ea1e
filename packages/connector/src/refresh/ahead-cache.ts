// Connection info that is renewed in the background before its certificate grows old.

import { orAborted } from '../abort.ts';
import type { ConnectionInfoCache } from './cache.ts';
import type { Clock, Timer } from './clock.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { closedError, Refresher, type RenewingCacheOptions } from './refresher.ts';
import { refreshDelayMs } from './schedule.ts';

type State =
  /** Nothing is known; the next caller starts a refresh. */
  | { readonly at: 'empty' }
  /** A refresh is under way and callers wait for it. */
  | { readonly at: 'fetching'; readonly done: Promise<ConnectionInfo> }
  /** There is info to dial with. `refreshAt` is the wall-clock time that the timer stands for. */
  | {
      readonly at: 'fresh';
      readonly info: ConnectionInfo;
      readonly timer: Timer;
      readonly refreshAt: number;
      readonly failures: number;
    }
  /** A refresh is under way while the old info still serves. */
  | {
      readonly at: 'refreshing';
      readonly info: ConnectionInfo;
      readonly done: Promise<ConnectionInfo>;
      readonly failures: number;
    }
  | { readonly at: 'closed' };

// A fleet that started together would refresh together for ever. Each renewal comes earlier than the schedule says, by
// up to this part of the wait; never later.
const refreshJitter = 0.1;

export class AheadCache implements ConnectionInfoCache {
  readonly #options: RenewingCacheOptions;
  readonly #refresher: Refresher;
  readonly #clock: Clock;
  #state: State = { at: 'empty' };

  constructor(options: RenewingCacheOptions) {
    this.#options = options;
    this.#refresher = new Refresher(options);
    this.#clock = options.clock;
  }

  async connectionInfo(signal: AbortSignal): Promise<ConnectionInfo> {
    signal.throwIfAborted();
    switch (this.#state.at) {
      case 'closed':
        throw closedError(this.#options.instance);
      case 'empty':
        return orAborted(this.#refresh(), signal);
      case 'fetching':
        return orAborted(this.#state.done, signal);
      case 'fresh':
        // Timers stand still while a machine sleeps, so the certificate's own end decides, not the timer.
        return this.#isValid(this.#state.info) ? this.#state.info : orAborted(this.#refresh(), signal);
      case 'refreshing':
        return this.#isValid(this.#state.info) ? this.#state.info : orAborted(this.#state.done, signal);
    }
  }

  forceRefresh(refused: ConnectionInfo): void {
    if (this.#state.at === 'fresh' && this.#state.info === refused) {
      if (this.#refresher.mayAskNow) this.#enter({ at: 'empty' });
      this.#refresh().catch(ignoreReported);
    } else if (this.#state.at === 'refreshing' && this.#state.info === refused && !this.#refresher.isPaused) {
      // The refresh under way is newer than what was refused: callers wait for that one.
      this.#enter({ at: 'fetching', done: this.#state.done });
    }
  }

  checkClock(): void {
    if (this.#state.at === 'fresh' && this.#clock.now() >= this.#state.refreshAt) this.#refresh().catch(ignoreReported);
  }

  close(): void {
    this.#enter({ at: 'closed' });
    this.#refresher.close();
  }

  /** Starts a refresh, or joins the one under way. */
  #refresh(): Promise<ConnectionInfo> {
    if (this.#state.at === 'fetching' || this.#state.at === 'refreshing') return this.#state.done;
    const usable = this.#state.at === 'fresh' && this.#isValid(this.#state.info) ? this.#state : undefined;
    const lifeLeftMs = usable === undefined ? 0 : usable.info.expiresAt - this.#clock.now();
    const done = this.#refresher.refresh({ lifeLeftMs });
    this.#enter(
      usable === undefined
        ? { at: 'fetching', done }
        : { at: 'refreshing', info: usable.info, done, failures: usable.failures },
    );
    done.then(
      (info) => this.#succeeded(info),
      (error: unknown) => this.#failed(error),
    );
    return done;
  }

  #succeeded(info: ConnectionInfo): void {
    const { refreshBufferMs, random } = this.#options;
    const delayMs = refreshDelayMs(this.#clock.now(), info.expiresAt, refreshBufferMs);
    this.#enterFresh(info, delayMs * (1 - refreshJitter * random()), 0);
  }

  #failed(error: unknown): void {
    if (this.#state.at === 'refreshing' && this.#isValid(this.#state.info)) {
      const { info, failures } = this.#state;
      this.#enterFresh(info, this.#refresher.retryDelayMs(failures, error), failures + 1);
    } else {
      this.#enter({ at: 'empty' });
    }
  }

  #enterFresh(info: ConnectionInfo, delayMs: number, failures: number): void {
    if (this.#state.at === 'closed') return;
    const timer = this.#clock.setTimer(delayMs, () => void this.#refresh().catch(ignoreReported));
    this.#enter({ at: 'fresh', info, timer, refreshAt: this.#clock.now() + delayMs, failures });
  }

  /** The one place where the state changes. A closed cache stays closed. */
  #enter(next: State): void {
    if (this.#state.at === 'fresh') this.#state.timer.clear();
    if (this.#state.at !== 'closed') this.#state = next;
  }

  #isValid(info: ConnectionInfo): boolean {
    return this.#clock.now() < info.expiresAt;
  }
}

/** Failures of a background refresh are published as events where they happen; nobody waits for this promise. */
function ignoreReported(): void {}
