// Verifies the signed assertion of the JWT bearer grant (RFC 7523) as Google's token endpoint does.

import type { Clock } from '../clock.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';
import { type Claims, CLOCK_SKEW_SECONDS, MAX_LIFE_SECONDS, readJwt, signingKey } from '../iam/signed-jwt.ts';
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

// google-auth for Python names Google's endpoint, whatever `token_uri` it sends the assertion to.
const GOOGLE_AUDIENCE = 'https://oauth2.googleapis.com/token';

/** @throws OAuthError `invalid_grant` or `invalid_scope` */
export function verifyAssertion(jwt: string, verifier: AssertionVerifier): Assertion {
  const token = readJwt(jwt);
  if (token === undefined) throw invalidGrant('Bad Request');
  const { claims } = token;

  // Google says the same of an account that is disabled.
  if (typeof claims.iss !== 'string' || verifier.accounts.find(claims.iss)?.disabled !== false) {
    throw invalidGrant('Invalid grant: account not found');
  }
  // Nor does it tell a key that was deleted or disabled from one that has never been there.
  if (signingKey(token, verifier.keys) === undefined) throw invalidGrant('Invalid JWT Signature.');

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

function checkTime(claims: Claims, nowSeconds: number): void {
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

function invalidGrant(description: string): OAuthError {
  return new OAuthError(400, 'invalid_grant', description);
}
