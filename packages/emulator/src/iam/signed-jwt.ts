// Reads a JSON Web Token (RFC 7519), and finds out which service account's key has signed it.

import { verify } from 'node:crypto';
import type { KnownKey, ServiceAccountKeys } from './service-account-keys.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface SignedJwt {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Google allows one hour from `iat` to `exp`. */
export const MAX_LIFE_SECONDS = 3600;
/** Covers a client whose clock runs a little wrong. */
export const CLOCK_SKEW_SECONDS = 300;

/** Undefined for what is no token; nothing is verified yet. */
export function readJwt(text: string): SignedJwt | undefined {
  const [headerPart, claimsPart, signaturePart, ...rest] = text.split('.');
  if (headerPart === undefined || claimsPart === undefined || signaturePart === undefined || rest.length > 0) {
    return undefined;
  }
  const header = decodePart(headerPart);
  const claims = decodePart(claimsPart);
  if (header === undefined || claims === undefined) return undefined;
  const signed = Buffer.from(`${headerPart}.${claimsPart}`);
  return { header, claims, signed, signature: Buffer.from(signaturePart, 'base64url') };
}

/** The key of its issuer that has signed it; undefined when none has, or none that is good any more. */
export function signingKey(
  { header, claims, signed, signature }: SignedJwt,
  keys: ServiceAccountKeys,
): KnownKey | undefined {
  // The algorithm is fixed here, never taken from the header: a header must not be able to choose a weaker one.
  const key = typeof header.kid === 'string' ? keys.find(header.kid) : undefined;
  if (header.alg !== 'RS256' || key?.disabled !== false || key.email !== claims.iss) return undefined;
  return verify('RSA-SHA256', signed, key.publicKey, signature) ? key : undefined;
}

function decodePart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
