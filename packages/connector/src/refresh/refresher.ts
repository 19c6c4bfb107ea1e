// One refresh at a time for one instance: paced, limited in time, remembered when it was refused, reported.

import { orAborted, withTimeLimit } from '../abort.ts';
import { AdminApiError } from '../admin-api/api-error.ts';
import { ConnectorError, type ErrorCode, reasonOf } from '../errors.ts';
import { publishRefresh } from '../events.ts';
import type { Clock } from './clock.ts';
import type { ConnectionInfo } from './connection-info.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface RefresherOptions {
  /** Full URI of the instance, for errors and events. */
  readonly instance: string;
  readonly fetch: (signal: AbortSignal) => Promise<ConnectionInfo>;
  /** Outlives the refresher: whoever makes a new one for the same instance hands in the same limiter. */
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly random: () => number;
  /** Changes when the credentials have changed: what was refused to the old ones may be granted to the new. */
  readonly credentialGeneration: () => number;
  /** Limit of one refresh, in milliseconds. Default 60,000. */
  readonly limitMs?: number;
}

/** What a cache that renews its info is made of. */
export interface RenewingCacheOptions extends RefresherOptions {
  /** With less than this left, a certificate is renewed, in milliseconds. */
  readonly refreshBufferMs: number;
}

export interface RefreshContext {
  /** How long the info in use stays valid, in milliseconds; 0 when there is none. */
  readonly lifeLeftMs: number;
}

interface Refusal {
  readonly error: ConnectorError;
  readonly until: number;
  readonly generation: number;
}

const defaultLimitMs = 60_000;
// What will not change by asking again at once is remembered for this long, so that a storm of clients costs two calls.
const refusalLifeMs = 10_000;
const refusals: ReadonlySet<ErrorCode> = new Set([
  'ADMIN_API_PERMISSION_DENIED',
  'ADMIN_API_NOT_FOUND',
  'ADMIN_API_INVALID_ARGUMENT',
]);
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #closed = new AbortController();
  #refusal: Refusal | undefined;
  #pauses = 0;

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /** Whether a refresh has been started that may not ask yet. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Whether a refresh that is started now may ask at once. */
  get mayAskNow(): boolean {
    return this.#options.limiter.isOpen;
  }

  /** @throws {ConnectorError} also when a recent refusal still stands. */
  async refresh(context: RefreshContext): Promise<ConnectionInfo> {
    this.#throwIfRefused();
    const { limiter } = this.#options;
    const waitMs = limiter.reserve();
    if (waitMs > 0) await this.#pause(waitMs);
    return this.#refreshNow(context);
  }

  /** How long to wait before trying again by itself: exponential with full jitter, never sooner than the server asks. */
  retryDelayMs(failures: number, error: unknown): number {
    const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
    const asked = error instanceof AdminApiError ? (error.body.retryAfterMs ?? 0) : 0;
    return Math.max(asked, this.#options.random() * ceiling);
  }

  close(): void {
    this.#closed.abort(closedError(this.#options.instance));
  }

  async #refreshNow(context: RefreshContext): Promise<ConnectionInfo> {
    const { instance, clock, fetch, limitMs = defaultLimitMs, credentialGeneration } = this.#options;
    const generation = credentialGeneration();
    const startedAt = clock.now();
    publishRefresh({ at: 'started', instance });
    try {
      // Not every library behind a token source heeds a signal; the limit holds all the same.
      const info = await withTimeLimit(limitMs, [this.#closed.signal], (signal) => orAborted(fetch(signal), signal), {
        background: true,
      });
      this.#refusal = undefined;
      const durationMs = clock.now() - startedAt;
      publishRefresh({ at: 'succeeded', instance, durationMs, certificateExpiresAt: info.expiresAt });
      return info;
    } catch (cause) {
      this.#closed.signal.throwIfAborted();
      const error = cause instanceof ConnectorError ? cause : unexpected(instance, cause);
      if (refusals.has(error.code)) this.#refusal = { error, until: clock.now() + refusalLifeMs, generation };
      const durationMs = clock.now() - startedAt;
      publishRefresh({ at: 'failed', instance, durationMs, error, certificateLifeLeftMs: context.lifeLeftMs });
      throw error;
    }
  }

  #throwIfRefused(): void {
    const { clock, credentialGeneration } = this.#options;
    if (this.#refusal === undefined) return;
    const { error, until, generation } = this.#refusal;
    // A clock that was set back must not keep a refusal alive.
    const stands = clock.now() < until && clock.now() >= until - refusalLifeMs && generation === credentialGeneration();
    if (stands) throw error;
    this.#refusal = undefined;
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(delayMs, resolve);
    this.#pauses += 1;
    try {
      await orAborted(promise, this.#closed.signal);
    } finally {
      this.#pauses -= 1;
      timer.clear();
    }
  }
}

export function closedError(instance: string): ConnectorError {
  return new ConnectorError('CONNECTOR_CLOSED', `Cannot connect to "${instance}": the connector has been closed`, {
    instance,
  });
}

function unexpected(instance: string, cause: unknown): ConnectorError {
  const message = `Cannot refresh connection info of "${instance}": ${reasonOf(cause)}`;
  return new ConnectorError('ADMIN_API_UNREACHABLE', message, { instance, cause });
}
