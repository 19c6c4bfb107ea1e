// Connection info that is renewed in the background before its certificate grows old.

import { orAborted } from '../abort.ts';
import type { ConnectionInfoCache } from './cache.ts';
import type { Clock, Timer } from './clock.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { Patience } from './patience.ts';
import { closedError, Refresher, type RenewingCacheOptions } from './refresher.ts';
import { refreshDelayMs } from './schedule.ts';

type State =
  /** Nothing is known; the next caller starts a refresh. */
  | { readonly at: 'empty' }
  /** A refresh is under way and callers wait for it. `refused` is what they get if it fails, or takes too long, and nothing better is known. */
  | { readonly at: 'fetching'; readonly done: Promise<ConnectionInfo>; readonly refused: Refused | undefined }
  /** There is info to dial with. `refreshAt` is the wall-clock time that the timer stands for. */
  | {
      readonly at: 'fresh';
      readonly info: ConnectionInfo;
      readonly timer: Timer;
      readonly refreshAt: number;
      readonly failures: number;
    }
  /** A refresh is under way while the old info still serves. `isSlow`: callers have waited for it once already. */
  | {
      readonly at: 'refreshing';
      readonly info: ConnectionInfo;
      readonly done: Promise<ConnectionInfo>;
      readonly failures: number;
      readonly isSlow: boolean;
    }
  | { readonly at: 'closed' };

/** Info that a server did not accept, or that a server that left seemed not to accept. */
interface Refused {
  readonly info: ConnectionInfo;
  readonly failures: number;
  readonly patience: Patience<ConnectionInfo>;
}

// A fleet that started together would refresh together for ever. Each renewal comes earlier than the schedule says, by
// up to this part of the wait; never later.
const refreshJitter = 0.1;

export class AheadCache implements ConnectionInfoCache {
  readonly #options: RenewingCacheOptions;
  readonly #refresher: Refresher;
  readonly #clock: Clock;
  #state: State = { at: 'empty' };
  /** Whether somebody has asked since it was released. */
  #isWanted = true;

  constructor(options: RenewingCacheOptions) {
    this.#options = options;
    this.#refresher = new Refresher(options);
    this.#clock = options.clock;
  }

  async connectionInfo(signal: AbortSignal): Promise<ConnectionInfo> {
    signal.throwIfAborted();
    this.#isWanted = true;
    switch (this.#state.at) {
      case 'closed':
        throw closedError(this.#options.instance);
      case 'empty':
        return orAborted(this.#refresh(), signal);
      case 'fetching':
        return orAborted(this.#orRefused(this.#state), signal);
      case 'fresh':
        // Timers stand still while a machine sleeps, so the certificate's own end decides, not the timer.
        return this.#isValid(this.#state.info) ? this.#state.info : orAborted(this.#refresh(), signal);
      case 'refreshing':
        return this.#isValid(this.#state.info) ? this.#state.info : orAborted(this.#state.done, signal);
    }
  }

  forceRefresh(refused: ConnectionInfo): void {
    if (this.#state.at === 'fresh' && this.#state.info === refused) {
      this.#refresh().catch(ignoreReported);
    }
    // A refresh under way is newer than what was refused: callers wait for that one, unless it has to wait itself.
    const state = this.#state;
    if (state.at !== 'refreshing' || state.info !== refused || state.isSlow || this.#refresher.isPaused) return;
    const { done, info, failures } = state;
    const patience = new Patience(done, this.#clock, () => {
      if (this.#state.at !== 'fetching' || this.#state.done !== done) return;
      this.#enter({ at: 'refreshing', info, done, failures, isSlow: true });
    });
    this.#enter({ at: 'fetching', done, refused: { info, failures, patience } });
  }

  isCurrent(info: ConnectionInfo): boolean {
    if (this.#state.at !== 'fresh' && this.#state.at !== 'refreshing') return false;
    return this.#state.info === info && this.#isValid(info);
  }

  checkClock(): void {
    if (this.#state.at === 'fresh' && this.#clock.now() >= this.#state.refreshAt) this.#renew();
  }

  release(): void {
    this.#isWanted = false;
  }

  close(): void {
    this.#enter({ at: 'closed' });
    this.#refresher.close();
  }

  /** When its time has come. What nobody wants any more grows old without being renewed. */
  #renew(): void {
    if (this.#isWanted) this.#refresh().catch(ignoreReported);
    else this.#enter({ at: 'empty' });
  }

  /** Starts a refresh, or joins the one under way. */
  #refresh(): Promise<ConnectionInfo> {
    if (this.#state.at === 'fetching' || this.#state.at === 'refreshing') return this.#state.done;
    const usable = this.#state.at === 'fresh' && this.#isValid(this.#state.info) ? this.#state : undefined;
    const lifeLeftMs = usable === undefined ? 0 : usable.info.expiresAt - this.#clock.now();
    const done = this.#refresher.refresh({ lifeLeftMs });
    this.#enter(
      usable === undefined
        ? { at: 'fetching', done, refused: undefined }
        : { at: 'refreshing', info: usable.info, done, failures: usable.failures, isSlow: false },
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
    const { at } = this.#state;
    const old = at === 'fetching' ? this.#state.refused : at === 'refreshing' ? this.#state : undefined;
    if (old !== undefined && this.#isValid(old.info)) {
      const { info, failures } = old;
      this.#enterFresh(info, this.#refresher.retryDelayMs(failures, error), failures + 1);
    } else {
      this.#enter({ at: 'empty' });
    }
  }

  /** A server that went away for a moment, together with an API that is away, must not cost a certificate that is good. */
  #orRefused({ done, refused }: Extract<State, { at: 'fetching' }>): Promise<ConnectionInfo> {
    if (refused === undefined) return done;
    const { info, patience } = refused;
    return patience.orElse(() => (this.#state.at !== 'closed' && this.#isValid(info) ? info : undefined));
  }

  #enterFresh(info: ConnectionInfo, delayMs: number, failures: number): void {
    if (this.#state.at === 'closed') return;
    const timer = this.#clock.setTimer(delayMs, () => this.#renew());
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
