// The OAuth token endpoint: one row a grant type, each turning a form into an access token.

import type { Clock } from '../clock.ts';
import type { AccessTokens } from '../iam/access-tokens.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import { verifyAssertion, type Assertion } from './jwt-bearer.ts';
import { OAuthError } from './oauth-error.ts';

export interface TokenEndpointParts {
  readonly keys: ServiceAccountKeys;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly tokenLifeMs: number;
  /** URL under which clients reach this endpoint. */
  readonly tokenUri: string;
}

export interface TokenReply {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: 'Bearer';
}

type Grant = (form: URLSearchParams, parts: TokenEndpointParts) => Assertion;

const GRANTS: Readonly<Record<string, Grant>> = {
  'urn:ietf:params:oauth:grant-type:jwt-bearer': (form, { keys, clock, tokenUri }) =>
    verifyAssertion(required(form, 'assertion'), { keys, clock, audience: tokenUri }),
};

/** @throws OAuthError when the form earns no token. */
export function grantToken(form: URLSearchParams, parts: TokenEndpointParts): TokenReply {
  const grantType = required(form, 'grant_type');
  const grant = Object.hasOwn(GRANTS, grantType) ? GRANTS[grantType] : undefined;
  if (grant === undefined) throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  const { principal, scopes } = grant(form, parts);
  return {
    access_token: parts.tokens.mint({ principal, scopes, lifeMs: parts.tokenLifeMs }),
    expires_in: Math.floor(parts.tokenLifeMs / 1000),
    token_type: 'Bearer',
  };
}

function required(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (value === null || value === '') {
    throw new OAuthError(400, 'invalid_request', `Missing required parameter: ${field}`);
  }
  return value;
}
