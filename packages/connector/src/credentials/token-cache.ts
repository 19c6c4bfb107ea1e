// Keeps the tokens of another source, one a scope, until shortly before they expire.

import { orAborted } from '../abort.ts';
import { publishToken } from '../events.ts';
import type { Clock } from '../refresh/clock.ts';
import type { Token, TokenSource } from './token-source.ts';

type Entry =
  | { readonly at: 'fetching'; readonly done: Promise<Token> }
  | { readonly at: 'held'; readonly token: Token; readonly renewAt: number };

// A token is renewed this long before its end, or at half of its life if it lives for less than twice that: it must
// outlast the call that it is made for. 225 s is what Google's own libraries use.
const renewBeforeMs = 225_000;

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
    if (entry?.at === 'fetching') return orAborted(entry.done, signal);
    if (entry?.at === 'held' && this.#clock.now() < entry.renewAt) return entry.token;
    return orAborted(this.#fetch(scope), signal);
  }

  /** Forgets a token that a server refused, whatever its expiry says. */
  drop(value: string): void {
    for (const [scope, entry] of this.#entries) {
      if (entry.at === 'held' && entry.token.value === value) this.#entries.delete(scope);
    }
  }

  /** One fetch serves every caller of the moment, so no caller's signal ends it. */
  #fetch(scope: string): Promise<Token> {
    const entry = this.#entries.get(scope);
    const before = entry?.at === 'held' ? entry.token.value : undefined;
    const startedAt = performance.now();
    const done = this.#source.token(scope, new AbortController().signal).then(
      (token) => {
        // A source that does not say when its token ends is asked for each dial, and mostly has no other.
        if (token.value !== before) {
          publishToken({ at: 'renewed', durationMs: performance.now() - startedAt, expiresAt: token.expiresAt });
        }
        this.#entries.set(scope, { at: 'held', token, renewAt: this.#renewAt(token) });
        return token;
      },
      (error: unknown) => {
        publishToken({ at: 'failed', durationMs: performance.now() - startedAt, error });
        this.#entries.delete(scope);
        throw error;
      },
    );
    // The caller that started it may have left by the time it fails.
    done.catch(() => undefined);
    this.#entries.set(scope, { at: 'fetching', done });
    return done;
  }

  #renewAt({ expiresAt }: Token): number {
    // A source that does not say when its token ends is asked each time; it has to keep its own counsel.
    if (expiresAt === undefined) return Number.NEGATIVE_INFINITY;
    const lifeMs = expiresAt - this.#clock.now();
    return expiresAt - Math.min(renewBeforeMs, lifeMs / 2);
  }
}
