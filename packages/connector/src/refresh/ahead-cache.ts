// Connection info that is renewed in the background before its certificate grows old.

import { orAborted, withTimeLimit } from '../abort.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import { publishRefresh } from '../events.ts';
import type { ConnectionInfoCache } from './cache.ts';
import type { Clock, Timer } from './clock.ts';
import type { ConnectionInfo } from './connection-info.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { refreshDelayMs } from './schedule.ts';

export interface AheadCacheOptions {
  /** Full URI of the instance, for errors and events. */
  readonly instance: string;
  readonly fetch: (signal: AbortSignal) => Promise<ConnectionInfo>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

type State =
  /** Nothing is known; the next caller starts a refresh. */
  | { readonly at: 'empty' }
  /** A refresh is under way and callers wait for it. */
  | { readonly at: 'fetching'; readonly done: Promise<ConnectionInfo> }
  /** There is info to dial with, and a timer for the next refresh. */
  | { readonly at: 'fresh'; readonly info: ConnectionInfo; readonly timer: Timer }
  /** A refresh is under way while the old info still serves. */
  | { readonly at: 'refreshing'; readonly info: ConnectionInfo; readonly done: Promise<ConnectionInfo> }
  | { readonly at: 'closed' };

// One refresh is two calls that run side by side, with their retries.
const refreshLimitMs = 60_000;

export class AheadCache implements ConnectionInfoCache {
  readonly #options: AheadCacheOptions;
  readonly #closed = new AbortController();
  #state: State = { at: 'empty' };

  constructor(options: AheadCacheOptions) {
    this.#options = options;
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

  forceRefresh(): void {
    switch (this.#state.at) {
      case 'fresh':
        this.#enter({ at: 'empty' });
        this.#refresh().catch(ignoreReported);
        return;
      case 'refreshing':
        // The refresh under way is newer than what proved useless: wait for that one.
        this.#enter({ at: 'fetching', done: this.#state.done });
        return;
      case 'empty':
      case 'fetching':
      case 'closed':
        return;
    }
  }

  close(): void {
    this.#enter({ at: 'closed' });
    this.#closed.abort(closedError(this.#options.instance));
  }

  /** Starts a refresh, or joins the one under way. */
  #refresh(): Promise<ConnectionInfo> {
    if (this.#state.at === 'fetching' || this.#state.at === 'refreshing') return this.#state.done;
    const usable = this.#state.at === 'fresh' && this.#isValid(this.#state.info) ? this.#state.info : undefined;
    const done = this.#fetchLimited();
    this.#enter(usable === undefined ? { at: 'fetching', done } : { at: 'refreshing', info: usable, done });
    done.then(
      (info) => this.#succeeded(info),
      () => this.#failed(),
    );
    return done;
  }

  async #fetchLimited(): Promise<ConnectionInfo> {
    const { instance, limiter, clock, fetch } = this.#options;
    const waitMs = limiter.reserve();
    if (waitMs > 0) await this.#pause(waitMs);
    const startedAt = clock.now();
    publishRefresh({ at: 'started', instance });
    try {
      // Not every library behind a token source heeds a signal; the limit holds all the same.
      const info = await withTimeLimit(refreshLimitMs, [this.#closed.signal], (signal) =>
        orAborted(fetch(signal), signal),
      );
      const durationMs = clock.now() - startedAt;
      publishRefresh({ at: 'succeeded', instance, durationMs, certificateExpiresAt: info.expiresAt });
      return info;
    } catch (cause) {
      this.#closed.signal.throwIfAborted();
      const error = cause instanceof ConnectorError ? cause : unexpected(instance, cause);
      publishRefresh({
        at: 'failed',
        instance,
        durationMs: clock.now() - startedAt,
        error,
        certificateLifeLeftMs: this.#lifeLeftMs(),
        retryInMs: this.#lifeLeftMs() > 0 ? retryDelayMs : undefined,
      });
      throw error;
    }
  }

  #succeeded(info: ConnectionInfo): void {
    if (this.#state.at === 'closed') return;
    this.#enterFresh(info, refreshDelayMs(this.#options.clock.now(), info.expiresAt));
  }

  #failed(): void {
    if (this.#state.at === 'closed') return;
    if (this.#state.at === 'refreshing' && this.#isValid(this.#state.info)) {
      this.#enterFresh(this.#state.info, retryDelayMs);
    } else {
      this.#enter({ at: 'empty' });
    }
  }

  #enterFresh(info: ConnectionInfo, delayMs: number): void {
    const timer = this.#options.clock.setTimer(delayMs, () => void this.#refresh().catch(ignoreReported));
    this.#enter({ at: 'fresh', info, timer });
  }

  /** The one place where the state changes. A closed cache stays closed. */
  #enter(next: State): void {
    if (this.#state.at === 'fresh') this.#state.timer.clear();
    if (this.#state.at !== 'closed') this.#state = next;
  }

  #isValid(info: ConnectionInfo): boolean {
    return this.#options.clock.now() < info.expiresAt;
  }

  #lifeLeftMs(): number {
    if (this.#state.at !== 'refreshing') return 0;
    return Math.max(0, this.#state.info.expiresAt - this.#options.clock.now());
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(delayMs, resolve);
    try {
      await orAborted(promise, this.#closed.signal);
    } finally {
      timer.clear();
    }
  }
}

// The rate limiter decides the pace; this only keeps a failing refresh from being tried at once again.
const retryDelayMs = 10_000;

function unexpected(instance: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    'ADMIN_API_UNREACHABLE',
    `Cannot refresh connection info of "${instance}": ${reasonOf(cause)}`,
    {
      instance,
      cause,
    },
  );
}

function closedError(instance: string): ConnectorError {
  return new ConnectorError('CONNECTOR_CLOSED', `Cannot connect to "${instance}": the connector has been closed`, {
    instance,
  });
}

/** Failures of a background refresh are published as events where they happen; nobody waits for this promise. */
function ignoreReported(): void {}
