// Keeps the tokens of another source, one a scope, until shortly before they expire.

import { orAborted } from '../abort.ts';
import { publishToken } from '../events.ts';
import type { Clock } from '../refresh/clock.ts';
import { Patience } from '../refresh/patience.ts';
import type { Token, TokenSource } from './token-source.ts';

interface Fetching {
  readonly at: 'fetching';
  readonly soon: () => Promise<Token>;
  /** Serves while it is valid, if no other can be had. */
  old: Token | undefined;
}

type Entry = Fetching | { readonly at: 'held'; readonly token: Token; readonly renewAt: number };

// A token is renewed this long before its end, or at half of its life if it lives for less than twice that: it must
// outlast the call that it is made for. 225 s is what Google's own libraries use.
const renewBeforeMs = 225_000;
// When no other could be had: until then the old one serves, and nobody is asked.
const retryMs = 10_000;

export class TokenCache implements TokenSource {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  async token(scope: string, signal: AbortSignal): Promise<Token> {
    const entry = this.#entries.get(scope);
    if (entry?.at === 'fetching') return orAborted(entry.soon(), signal);
    if (entry?.at === 'held' && this.#clock.now() < entry.renewAt) return entry.token;
    return orAborted(this.#fetch(scope), signal);
  }

  /** Forgets a token that a server refused, whatever its expiry says. */
  drop(value: string): void {
    for (const [scope, entry] of this.#entries) {
      if (entry.at === 'held' && entry.token.value === value) this.#entries.delete(scope);
      if (entry.at === 'fetching' && entry.old?.value === value) entry.old = undefined;
    }
  }

  /** One fetch serves every caller of the moment, so no caller's signal ends it. */
  #fetch(scope: string): Promise<Token> {
    const before = this.#entries.get(scope);
    const old = before?.at === 'held' ? before.token : undefined;
    const done = this.#ask(scope, old);
    const patience = validOrNone(old, this.#clock) !== undefined ? new Patience(done, this.#clock) : undefined;
    const entry: Fetching = {
      at: 'fetching',
      soon: () => patience?.orElse(() => validOrNone(entry.old, this.#clock)) ?? done,
      old,
    };
    this.#entries.set(scope, entry);
    done.then(
      (token) => this.#entries.set(scope, { at: 'held', token, renewAt: this.#renewAt(token) }),
      () => {
        const token = validOrNone(entry.old, this.#clock);
        if (token === undefined) this.#entries.delete(scope);
        else this.#entries.set(scope, { at: 'held', token, renewAt: this.#renewAgainAt(token) });
      },
    );
    return entry.soon();
  }

  async #ask(scope: string, old: Token | undefined): Promise<Token> {
    const startedAt = performance.now();
    try {
      const token = await this.#source.token(scope, new AbortController().signal);
      // A source that does not say when its token ends is asked for each dial, and mostly has no other.
      if (token.value !== old?.value) {
        publishToken({ at: 'renewed', durationMs: performance.now() - startedAt, expiresAt: token.expiresAt });
      }
      return token;
    } catch (error) {
      publishToken({ at: 'failed', durationMs: performance.now() - startedAt, error });
      throw error;
    }
  }

  #renewAgainAt({ expiresAt = 0 }: Token): number {
    return Math.min(expiresAt, this.#clock.now() + retryMs);
  }

  #renewAt({ expiresAt }: Token): number {
    // A source that does not say when its token ends is asked each time; it has to keep its own counsel.
    if (expiresAt === undefined) return Number.NEGATIVE_INFINITY;
    const lifeMs = expiresAt - this.#clock.now();
    return expiresAt - Math.min(renewBeforeMs, lifeMs / 2);
  }
}

/** Of a token that does not say when it ends nobody knows. */
function validOrNone(token: Token | undefined, clock: Clock): Token | undefined {
  return token?.expiresAt !== undefined && clock.now() < token.expiresAt ? token : undefined;
}
