// The OAuth token endpoints: one row a grant type, each turning a form into an access token.

import type { Clock } from '../clock.ts';
import type { TokenGrant } from '../faults/fault.ts';
import type { AccessTokens } from '../iam/access-tokens.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';
import { requiredField, scopesOf } from './form.ts';
import { verifyAssertion } from './jwt-bearer.ts';
import { OAuthError } from './oauth-error.ts';
import type { UserLogins } from './user-logins.ts';
import type { WorkloadPool } from './workload-pool.ts';

export interface TokenEndpointParts {
  readonly keys: ServiceAccountKeys;
  readonly accounts: ServiceAccounts;
  readonly logins: UserLogins;
  readonly pool: WorkloadPool;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly tokenLifeMs: number;
}

export interface TokenRequest {
  readonly form: URLSearchParams;
  /** From `Authorization: Basic`, where a client can name itself instead of in the form (RFC 6749, section 2.3.1). */
  readonly client: { readonly id: string; readonly secret: string } | undefined;
  /** URL at which the form has arrived. */
  readonly tokenUri: string;
}

export interface GrantType {
  readonly name: TokenGrant;
  readonly redeem: (request: TokenRequest, parts: TokenEndpointParts) => Granted;
}

interface Granted {
  readonly principal: string;
  readonly scopes: readonly string[];
  /** Fields of the reply that only this grant type has. */
  readonly more?: Readonly<Record<string, string>>;
}

const JWT_BEARER: GrantType = {
  name: 'jwt-bearer',
  redeem: ({ form, tokenUri }, { keys, accounts, clock }) =>
    verifyAssertion(requiredField(form, 'assertion'), { keys, accounts, clock, audience: tokenUri }),
};
const REFRESH_TOKEN: GrantType = { name: 'refresh-token', redeem: redeemRefreshToken };
const TOKEN_EXCHANGE: GrantType = { name: 'token-exchange', redeem: redeemSubjectToken };

/** By path, then by the form's `grant_type`. */
const ENDPOINTS: Readonly<Record<string, ReadonlyMap<string, GrantType>>> = {
  '/token': new Map([
    ['urn:ietf:params:oauth:grant-type:jwt-bearer', JWT_BEARER],
    ['refresh_token', REFRESH_TOKEN],
  ]),
  // These two are the Security Token Service's; the second is for logins through workforce pools.
  '/v1/token': new Map([['urn:ietf:params:oauth:grant-type:token-exchange', TOKEN_EXCHANGE]]),
  '/v1/oauthtoken': new Map([['refresh_token', REFRESH_TOKEN]]),
};

/** The grant types of the token endpoint at this path, if there is one. */
export function grantTypesAt(path: string): ReadonlyMap<string, GrantType> | undefined {
  return Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path] : undefined;
}

/** Returns the body of the reply. @throws OAuthError when the form earns no token. */
export function grantToken(
  type: GrantType | undefined,
  request: TokenRequest,
  parts: TokenEndpointParts,
): Readonly<Record<string, unknown>> {
  const name = requiredField(request.form, 'grant_type');
  if (type === undefined) throw new OAuthError(400, 'unsupported_grant_type', `Invalid grant_type: ${name}`);
  const { principal, scopes, more = {} } = type.redeem(request, parts);
  return {
    access_token: parts.tokens.mint({ principal, scopes, lifeMs: parts.tokenLifeMs }),
    expires_in: Math.floor(parts.tokenLifeMs / 1000),
    token_type: 'Bearer',
    ...more,
  };
}

function redeemRefreshToken({ form, client }: TokenRequest, { logins }: TokenEndpointParts): Granted {
  const login = logins.redeem({
    clientId: client?.id ?? requiredField(form, 'client_id'),
    clientSecret: client?.secret ?? requiredField(form, 'client_secret'),
    refreshToken: requiredField(form, 'refresh_token'),
  });
  const asked = scopesOf(form.get('scope'));
  const stranger = asked.find((scope) => !login.scopes.includes(scope));
  // A refresh can narrow what the person has consented to, and never widen it.
  if (stranger !== undefined) throw new OAuthError(400, 'invalid_scope', `Scope was not granted: ${stranger}`);
  const scopes = asked.length === 0 ? login.scopes : asked;
  return { principal: login.principal, scopes, more: { scope: scopes.join(' ') } };
}

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

function redeemSubjectToken({ form }: TokenRequest, { pool }: TokenEndpointParts): Granted {
  const wanted = requiredField(form, 'requested_token_type');
  if (wanted !== ACCESS_TOKEN_TYPE) {
    throw new OAuthError(400, 'invalid_request', `Invalid value for "requested_token_type": ${wanted}`);
  }
  const principal = pool.verify({
    token: requiredField(form, 'subject_token'),
    type: requiredField(form, 'subject_token_type'),
    audience: requiredField(form, 'audience'),
  });
  const scopes = scopesOf(requiredField(form, 'scope'));
  return { principal, scopes, more: { issued_token_type: ACCESS_TOKEN_TYPE } };
}
