// Bearer tokens that a service account signs for itself instead of asking for one (AIP-4111), as Google's gRPC clients do.

import type { Clock } from '../clock.ts';
import { CLOUD_PLATFORM_SCOPE, type TokenVerdict } from './access-tokens.ts';
import type { ServiceAccountKeys } from './service-account-keys.ts';
import { CLOCK_SKEW_SECONDS, MAX_LIFE_SECONDS, readJwt, signingKey } from './signed-jwt.ts';

export interface SelfSignedParts {
  readonly keys: ServiceAccountKeys;
  readonly clock: Clock;
}

// A client that was pointed here names the place that it was pointed at.
const AUDIENCE = /^https:\/\/(?:alloydb\.googleapis\.com|localhost|127\.0\.0\.1)(?::\d+)?\/?$/;

export function looksSelfSigned(bearer: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(bearer);
}

/** Good for the API in its audience, or for the scopes that it claims. */
export function verifySelfSigned(jwt: string, { keys, clock }: SelfSignedParts): TokenVerdict {
  const token = readJwt(jwt);
  const key = token === undefined ? undefined : signingKey(token, keys);
  if (token === undefined || key === undefined) return { is: 'unknown' };
  const { sub, aud, scope, iat, exp } = token.claims;
  if (sub !== undefined && sub !== key.email) return { is: 'unknown' };
  const now = clock.now() / 1000;
  if (typeof iat !== 'number' || typeof exp !== 'number' || iat > now + CLOCK_SKEW_SECONDS) return { is: 'unknown' };
  // As at the token endpoint: one hour at most.
  if (exp - iat > MAX_LIFE_SECONDS) return { is: 'unknown' };
  if (exp <= now) return { is: 'expired' };
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  if (scopes.length === 0 && !(typeof aud === 'string' && AUDIENCE.test(aud))) return { is: 'unknown' };
  const granted = scopes.length === 0 ? [CLOUD_PLATFORM_SCOPE] : scopes;
  return { is: 'valid', token: { principal: key.email, scopes: granted, expiresAt: exp * 1000 } };
}
