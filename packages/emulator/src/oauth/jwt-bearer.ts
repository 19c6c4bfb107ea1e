// Verifies the signed assertion of the JWT bearer grant (RFC 7523) as Google's token endpoint does.

import { verify } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';
import { OAuthError } from './oauth-error.ts';

export interface Assertion {
  readonly principal: string;
  readonly scopes: readonly string[];
}

export interface AssertionVerifier {
  readonly keys: ServiceAccountKeys;
  readonly accounts: ServiceAccounts;
  readonly clock: Clock;
  /** What `aud` must be: the token endpoint's own URL. That of Google's, which the emulator stands for, is good as well. */
  readonly audience: string;
}

// Google allows one hour; the allowance covers a client whose clock runs a little wrong.
const MAX_LIFE_SECONDS = 3600;
const CLOCK_SKEW_SECONDS = 300;
// google-auth for Python names Google's endpoint, whatever `token_uri` it sends the assertion to.
const GOOGLE_AUDIENCE = 'https://oauth2.googleapis.com/token';

/** @throws OAuthError `invalid_grant` or `invalid_scope` */
export function verifyAssertion(jwt: string, verifier: AssertionVerifier): Assertion {
  const [headerPart, claimsPart, signaturePart, ...rest] = jwt.split('.');
  if (headerPart === undefined || claimsPart === undefined || signaturePart === undefined || rest.length > 0) {
    throw invalidGrant('Bad Request');
  }
  const header = decodePart(headerPart);
  const claims = decodePart(claimsPart);

  // Google says the same of an account that is disabled.
  if (typeof claims.iss !== 'string' || verifier.accounts.find(claims.iss)?.disabled !== false) {
    throw invalidGrant('Invalid grant: account not found');
  }
  // The algorithm is fixed here, never taken from the header: a header must not be able to choose a weaker one.
  const key = typeof header.kid === 'string' ? verifier.keys.find(header.kid) : undefined;
  const signed = Buffer.from(`${headerPart}.${claimsPart}`);
  const signature = Buffer.from(signaturePart, 'base64url');
  // Nor does it tell a key that was deleted or disabled from one that has never been there.
  if (header.alg !== 'RS256' || key?.disabled !== false || key.email !== claims.iss) {
    throw invalidGrant('Invalid JWT Signature.');
  }
  if (!verify('RSA-SHA256', signed, key.publicKey, signature)) throw invalidGrant('Invalid JWT Signature.');

  if (claims.aud !== verifier.audience && claims.aud !== GOOGLE_AUDIENCE) {
    throw invalidGrant(`Invalid JWT: Failed audience check. The right audience is ${verifier.audience}`);
  }
  checkTime(claims, verifier.clock.now() / 1000);
  // Acting for another user needs domain-wide delegation, which no account of the emulator has.
  if (claims.sub !== undefined && claims.sub !== claims.iss) {
    throw new OAuthError(
      401,
      'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method.',
    );
  }
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ').filter((scope) => scope !== '') : [];
  if (scopes.length === 0) throw new OAuthError(400, 'invalid_scope', 'Empty or missing scope not allowed.');
  return { principal: claims.iss, scopes };
}

function checkTime(claims: Readonly<Record<string, unknown>>, nowSeconds: number): void {
  const { iat, exp } = claims;
  const inWindow =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    iat <= nowSeconds + CLOCK_SKEW_SECONDS &&
    exp > nowSeconds &&
    exp > iat &&
    exp - iat <= MAX_LIFE_SECONDS;
  if (inWindow) return;
  throw invalidGrant(
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
  );
}

function decodePart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new OAuthError(400, 'invalid_grant', 'Bad Request', { cause });
  }
  throw invalidGrant('Bad Request');
}

function invalidGrant(description: string): OAuthError {
  return new OAuthError(400, 'invalid_grant', description);
}
