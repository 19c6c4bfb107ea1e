// Bearer tokens that a service account signs for itself instead of asking for one (AIP-4111), as Google's gRPC clients do.

import { verify } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { CLOUD_PLATFORM_SCOPE, type TokenVerdict } from './access-tokens.ts';
import type { ServiceAccountKeys } from './service-account-keys.ts';

export interface SelfSignedParts {
  readonly keys: ServiceAccountKeys;
  readonly clock: Clock;
}

const MAX_LIFE_SECONDS = 3600;
const CLOCK_SKEW_SECONDS = 300;
// A client that was pointed here names the place that it was pointed at.
const AUDIENCE = /^https:\/\/(?:alloydb\.googleapis\.com|localhost|127\.0\.0\.1)(?::\d+)?\/?$/;

export function looksSelfSigned(bearer: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(bearer);
}

/** Good for the API in its audience, or for the scopes that it claims. */
export function verifySelfSigned(jwt: string, { keys, clock }: SelfSignedParts): TokenVerdict {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const { kid, alg } = decode(header);
  const { iss, sub, aud, scope, iat, exp } = decode(claims);
  const key = typeof kid === 'string' ? keys.find(kid) : undefined;
  // The algorithm is fixed here, never taken from the header: a header must not be able to choose a weaker one.
  if (alg !== 'RS256' || key?.disabled !== false || key.email !== iss || (sub !== undefined && sub !== iss)) {
    return { is: 'unknown' };
  }
  const signed = Buffer.from(`${header}.${claims}`);
  if (!verify('RSA-SHA256', signed, key.publicKey, Buffer.from(signature, 'base64url'))) return { is: 'unknown' };
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

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
