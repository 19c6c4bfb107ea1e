// Connection info that is renewed only when somebody dials: no timer between dials, for platforms that stop the CPU between requests.

import { orAborted } from '../abort.ts';
import type { ConnectionInfoCache } from './cache.ts';
import type { Clock } from './clock.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { Patience } from './patience.ts';
import { closedError, Refresher, type RenewingCacheOptions } from './refresher.ts';

type State =
  | { readonly at: 'empty' }
  /** `refused` asks for another one at the next dial; until that is there, this one is better than none. */
  | { readonly at: 'held'; readonly info: ConnectionInfo; readonly refused: boolean }
  /** A refresh is under way. */
  | { readonly at: 'fetching'; readonly soon: () => Promise<ConnectionInfo> }
  | { readonly at: 'closed' };

export class LazyCache implements ConnectionInfoCache {
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
        return orAborted(this.#refresh(undefined), signal);
      case 'fetching':
        return orAborted(this.#state.soon(), signal);
      case 'held': {
        const { info, refused } = this.#state;
        const lifeLeftMs = this.#lifeLeftMs(info);
        if (!refused && lifeLeftMs >= this.#options.refreshBufferMs) return info;
        // Nobody waits for the limiter while there is something to dial with.
        if (!refused && lifeLeftMs > 0 && !this.#refresher.mayAskNow) return info;
        return orAborted(this.#refresh(info), signal);
      }
    }
  }

  forceRefresh(refused: ConnectionInfo): void {
    if (this.#state.at === 'held' && this.#state.info === refused && this.#refresher.mayAskNow) {
      this.#enter({ at: 'held', info: refused, refused: true });
    }
  }

  isCurrent(info: ConnectionInfo): boolean {
    if (this.#state.at !== 'held' || this.#state.refused || this.#state.info !== info) return false;
    return this.#lifeLeftMs(info) >= this.#options.refreshBufferMs;
  }

  checkClock(): void {
    // Nothing is ever due: the clock is read at each dial.
  }

  release(): void {
    // Nothing is renewed before it is asked for.
  }

  close(): void {
    this.#enter({ at: 'closed' });
    this.#refresher.close();
  }

  #refresh(old: ConnectionInfo | undefined): Promise<ConnectionInfo> {
    const done = this.#refreshOrKeep(old);
    const patience = old === undefined ? undefined : new Patience(done, this.#clock);
    const soon = (): Promise<ConnectionInfo> => patience?.orElse(() => this.#stillGood(old)) ?? done;
    this.#enter({ at: 'fetching', soon });
    done.then(
      (info) => this.#enter({ at: 'held', info, refused: false }),
      () => this.#enter({ at: 'empty' }),
    );
    return soon();
  }

  async #refreshOrKeep(old: ConnectionInfo | undefined): Promise<ConnectionInfo> {
    const lifeLeftMs = old === undefined ? 0 : Math.max(0, this.#lifeLeftMs(old));
    try {
      return await this.#refresher.refresh({ lifeLeftMs });
    } catch (error) {
      // The failure has been published with the time that is left; until then the old certificate serves.
      const kept = this.#stillGood(old);
      if (kept !== undefined) return kept;
      throw error;
    }
  }

  /** An old certificate serves until it ends, if there is nothing better. */
  #stillGood(old: ConnectionInfo | undefined): ConnectionInfo | undefined {
    return old !== undefined && this.#state.at !== 'closed' && this.#lifeLeftMs(old) > 0 ? old : undefined;
  }

  #lifeLeftMs({ expiresAt }: ConnectionInfo): number {
    return expiresAt - this.#clock.now();
  }

  /** The one place where the state changes. A closed cache stays closed. */
  #enter(next: State): void {
    if (this.#state.at !== 'closed') this.#state = next;
  }
}
