// The tokens of an identity through a cache that knows whether they differ by scope.

import type { Identity, IdentitySeams } from './identity.ts';
import { TokenCache } from './token-cache.ts';
import type { TokenSource } from './token-source.ts';

export interface CachedTokens extends TokenSource {
  /** Forgets a token that a server refused. */
  drop(value: string): void;
}

export function cachedTokens(
  { tokens, choosesScope }: Pick<Identity, 'tokens' | 'choosesScope'>,
  { clock, closed }: Pick<IdentitySeams, 'clock' | 'closed'>,
): CachedTokens {
  const cache = new TokenCache({ token: (scope) => tokens.token(scope, closed) }, clock);
  return {
    // One entry for all scopes, or a command would run once for each of them.
    token: (scope, signal) => cache.token(choosesScope ? scope : '', signal),
    drop: (value) => cache.drop(value),
  };
}
