// One DNS name and the instance that it points to, read again from time to time.

import { isDeepStrictEqual } from 'node:util';
import { type InstanceUri, shortInstanceName } from 'alloydb-connector';
import type { DomainTarget } from '../config/instance-target.ts';
import type { Logger } from '../observability/logger.ts';
import { DomainError } from './domain-error.ts';
import { readInstanceRecord } from './instance-record.ts';
import type { TxtLookup } from './txt-lookup.ts';

/** Where a name points. */
export interface Pointing {
  readonly uri: InstanceUri;
  /** Aborts when the name points elsewhere. */
  readonly superseded: AbortSignal;
}

export interface InstanceDomainOptions {
  readonly target: DomainTarget;
  readonly lookup: TxtLookup;
  /** Asked before each wait, in milliseconds. */
  readonly refreshMs: () => number;
  /** Told of each instance that it points to from now on. */
  /** `former` is where it pointed before, if anywhere. */
  readonly onPoint: (uri: InstanceUri, former: InstanceUri | undefined) => void;
  readonly logger: Logger;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

type State =
  /** Nothing is known yet, or never was: clients are told why. */
  | { readonly at: 'unknown' }
  | { readonly at: 'known'; readonly uri: InstanceUri; readonly superseded: AbortController };

// Copies that start together do not ask together.
const spread = 0.1;

export class InstanceDomain {
  readonly #options: InstanceDomainOptions;
  readonly #closed = new AbortController();
  #state: State = { at: 'unknown' };
  /** The one under way; everybody who needs an answer waits for the same. */
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What went wrong the last time; said once, not at every look. */
  #trouble: DomainError | undefined;

  constructor(options: InstanceDomainOptions) {
    this.#options = options;
  }

  /** The instance that it points to, as far as that is known. */
  get uri(): InstanceUri | undefined {
    return this.#state.at === 'known' ? this.#state.uri : undefined;
  }

  /** Looks now, if it has not yet, and again and again until it is closed. Idempotent. */
  watch(): void {
    if (this.#timer !== undefined || this.#closed.signal.aborted) return;
    if (this.#state.at === 'known') this.#schedule();
    else void this.#look();
  }

  /**
   * Where it points now. While nothing is known it is looked up for whoever asks.
   *
   * @throws {DomainError} when it cannot be looked up; the signal's reason when it was aborted.
   */
  async current(signal: AbortSignal): Promise<Pointing> {
    if (this.#state.at === 'unknown') await orAborted(this.#look(), signal);
    if (this.#state.at === 'known') return { uri: this.#state.uri, superseded: this.#state.superseded.signal };
    throw this.#trouble ?? new DomainError('the proxy is shutting down', { hint: 'connect again' });
  }

  /** Looks no more; what is known stays. Idempotent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closed.abort(new Error('the name is not watched any more'));
  }

  /** Never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
      this.#schedule();
    });
    return this.#looking;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed.signal.aborted) return;
    const delayMs = this.#options.refreshMs() * (1 - spread * this.#options.random());
    // It stands for background work: clients keep the process alive.
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #lookOnce(): Promise<void> {
    const { target, lookup } = this.#options;
    try {
      this.#point(readInstanceRecord(await lookup(target.domain, this.#closed.signal), target));
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#complain(error instanceof DomainError ? error : unforeseen(target, error));
    }
  }

  #point(uri: InstanceUri): void {
    const { onPoint, logger } = this.#options;
    const before = this.#state;
    const wasTroubled = this.#trouble !== undefined;
    this.#trouble = undefined;
    if (before.at === 'known' && isDeepStrictEqual(before.uri, uri)) {
      if (wasTroubled) logger.info(this.#line(`can be looked up again and still points to ${shortInstanceName(uri)}`));
      return;
    }
    this.#state = { at: 'known', uri, superseded: new AbortController() };
    onPoint(uri, before.at === 'known' ? before.uri : undefined);
    if (before.at === 'unknown') {
      logger.info(this.#line(`points to ${shortInstanceName(uri)}`));
      return;
    }
    const change = `points to ${shortInstanceName(uri)} now, no longer to ${shortInstanceName(before.uri)}`;
    logger.info(this.#line(`${change}: new connections go there, open ones end when they are idle`));
    before.superseded.abort(new Error('the name points to another instance'));
  }

  /** A server that fails, or a record that was broken, takes nothing away from those who are served. */
  #complain(error: DomainError): void {
    const { logger } = this.#options;
    const isNews = this.#trouble?.message !== error.message;
    this.#trouble = error;
    if (!isNews) return;
    const { message, hint } = error;
    if (this.#state.at === 'unknown') logger.error(this.#line(message), { hint });
    else logger.warn(this.#line(`${message}; ${shortInstanceName(this.#state.uri)} stays in use`), { hint });
  }

  #line(text: string): string {
    return `[${this.#options.target.domain}] ${text}`;
  }
}

function unforeseen({ domain }: DomainTarget, cause: unknown): DomainError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DomainError(`cannot look up ${domain}: ${reason}`, { hint: `see what it says: dig TXT ${domain}`, cause });
}

/** Waits, but not longer than until the signal aborts: what is waited for goes on for others. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort));
}
