// Checks the bearer token of an Admin API call and what its principal may do.

import { type AccessTokens, CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import type { Policy } from '../iam/policy.ts';
import { insufficientScope, permissionDenied, unauthenticated } from './api-error.ts';
import type { ApiCall } from './route.ts';

/** @throws ApiError 401 or 403. As at Google, whether the resource exists is not looked at before. */
export function authorizeCall(
  call: ApiCall,
  authorization: string | undefined,
  iam: { readonly tokens: AccessTokens; readonly policy: Policy },
): void {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw unauthenticated('CREDENTIALS_MISSING', call.rpc);
  const verdict = iam.tokens.verify(token);
  if (verdict.is === 'expired') throw unauthenticated('ACCESS_TOKEN_EXPIRED', call.rpc);
  // Google's reason for a token that it has never seen.
  if (verdict.is === 'unknown') throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED', call.rpc);
  if (!verdict.token.scopes.includes(CLOUD_PLATFORM_SCOPE)) throw insufficientScope(call.rpc);
  if (!iam.policy.allows(verdict.token.principal, call.permission)) {
    throw permissionDenied(call.permission, call.resource);
  }
}
