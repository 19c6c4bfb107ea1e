// The access tokens that the emulator has given out: opaque strings, each with its principal, scopes and end.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';

export const CLOUD_PLATFORM_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
export const LOGIN_SCOPE = 'https://www.googleapis.com/auth/alloydb.login';

/**
 * What every access token of an emulator begins with: Google's own prefix, so that whatever treats tokens by their looks
 * does the same with these, and a word that no token of Google's has there. A client that may send nothing but the
 * emulator's tokens somewhere tells them by it.
 */
export const ACCESS_TOKEN_PREFIX = 'ya29.emulator-';

export interface AccessToken {
  readonly principal: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type TokenVerdict =
  | { readonly is: 'valid'; readonly token: AccessToken }
  | { readonly is: 'expired' }
  | { readonly is: 'unknown' };

// Expired tokens are kept for a while, so that their holder hears "expired" and not "unknown".
const KEEP_EXPIRED_MS = 24 * 3_600_000;

export class AccessTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, AccessToken>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives out a token. `lifeMs` may be negative for one that has already expired. */
  mint(token: { readonly principal: string; readonly scopes: readonly string[]; readonly lifeMs: number }): string {
    this.#forgetOld();
    const text = `${ACCESS_TOKEN_PREFIX}${randomBytes(48).toString('base64url')}`;
    const { principal, scopes, lifeMs } = token;
    this.#tokens.set(text, { principal, scopes, expiresAt: this.#clock.now() + lifeMs });
    return text;
  }

  verify(text: string): TokenVerdict {
    const token = this.#tokens.get(text);
    if (token === undefined) return { is: 'unknown' };
    return token.expiresAt > this.#clock.now() ? { is: 'valid', token } : { is: 'expired' };
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return [...this.#tokens];
  }

  restore(saved: ReturnType<AccessTokens['snapshot']>): void {
    for (const [text, token] of saved) this.#tokens.set(text, token);
  }

  #forgetOld(): void {
    const limit = this.#clock.now() - KEEP_EXPIRED_MS;
    for (const [text, token] of this.#tokens) if (token.expiresAt < limit) this.#tokens.delete(text);
  }
}
