// The tokens of an identity through a cache that knows whether they differ by scope.

import { requireEmulatorToken } from '../emulator-host.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { TokenCache } from './token-cache.ts';
import type { Token, TokenSource } from './token-source.ts';

export interface CachedTokens extends TokenSource {
  /** Forgets a token that a server refused. */
  drop(value: string): void;
}

export function cachedTokens(
  { tokens, choosesScope }: Pick<Identity, 'tokens' | 'choosesScope'>,
  { clock, closed, emulator }: Pick<IdentitySeams, 'clock' | 'closed' | 'emulator'>,
): CachedTokens {
  const source = async (scope: string): Promise<Token> => {
    const token = await tokens.token(scope, closed);
    if (emulator !== undefined) requireEmulatorToken(emulator, token.value);
    return token;
  };
  const cache = new TokenCache({ token: source }, clock);
  return {
    // One entry for all scopes, or a command would run once for each of them.
    token: (scope, signal) => cache.token(choosesScope ? scope : '', signal),
    drop: (value) => cache.drop(value),
  };
}
