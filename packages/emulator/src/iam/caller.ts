// Who calls one of Google's APIs, by the headers of the call.

import { insufficientScope, type Rpc, unauthenticated, userProjectDenied } from '../http/api-error.ts';
import { type AccessTokens, CLOUD_PLATFORM_SCOPE } from './access-tokens.ts';
import type { Policy } from './policy.ts';

export interface Iam {
  readonly tokens: AccessTokens;
  readonly policy: Policy;
}

/** The headers that decide something. */
export type CallHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The principal of the bearer token, whose scope must be cloud-platform. @throws ApiError 401 or 403 */
export function authenticateCaller(headers: CallHeaders, rpc: Rpc, { tokens }: Iam): string {
  const bearer = bearerOf(headers);
  if (bearer === undefined) throw unauthenticated('CREDENTIALS_MISSING', rpc);
  const verdict = tokens.verify(bearer);
  if (verdict.is === 'expired') throw unauthenticated('ACCESS_TOKEN_EXPIRED', rpc);
  // Google's reason for a token that it has never seen.
  if (verdict.is === 'unknown') throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED', rpc);
  if (!verdict.token.scopes.includes(CLOUD_PLATFORM_SCOPE)) throw insufficientScope(rpc);
  return verdict.token.principal;
}

/** A call may be counted against another project only by those who may use services there. @throws ApiError 403 */
export function checkQuotaProject(principal: string, headers: CallHeaders, service: string, policy: Policy): void {
  const project = quotaProjectOf(headers);
  if (project === undefined) return;
  if (!policy.allows(principal, 'serviceusage.services.use', `projects/${project}`)) {
    throw userProjectDenied(project, service);
  }
}

export function bearerOf(headers: CallHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(textOf(headers.authorization) ?? '')?.[1];
}

export function quotaProjectOf(headers: CallHeaders): string | undefined {
  const project = textOf(headers['x-goog-user-project']);
  return project === '' ? undefined : project;
}

export function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
