// Who calls one of Google's APIs, by the headers of the call.

import {
  accountStateInvalid,
  insufficientScope,
  type Rpc,
  serviceDisabled,
  unauthenticated,
  userProjectDenied,
} from '../http/api-error.ts';
import { isServiceName, type Projects, titleOf } from '../projects.ts';
import type { Clock } from '../clock.ts';
import { type AccessTokens, CLOUD_PLATFORM_SCOPE, type TokenVerdict } from './access-tokens.ts';
import { looksSelfSigned, verifySelfSigned } from './self-signed-jwt.ts';
import type { Policy } from './policy.ts';
import type { ServiceAccountKeys } from './service-account-keys.ts';
import type { ServiceAccounts } from './service-accounts.ts';

export interface Iam {
  readonly tokens: AccessTokens;
  /** What self-signed bearer tokens are verified with. */
  readonly keys: ServiceAccountKeys;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly accounts: ServiceAccounts;
  readonly projects: Projects;
}

/** The headers that decide something. */
export type CallHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Call {
  readonly headers: CallHeaders;
  readonly rpc: Rpc;
  /** The project, by ID or number, that the call is about. */
  readonly project?: string | undefined;
}

/**
 * The caller of an API that is switched on wherever it has to be, in the project that the call is counted against and in the
 * one that it is about. What the caller may do there is still to be asked.
 *
 * @throws ApiError 401 or 403
 */
export function admitCaller(call: Call, iam: Iam): string {
  const { headers, rpc, project } = call;
  const principal = authenticateCaller(headers, rpc, iam);
  checkQuotaProject(call, principal, iam);
  const consumer = quotaProjectOf(headers) ?? iam.accounts.find(principal)?.project;
  for (const name of [consumer, project]) checkService(name, rpc.service, iam.projects);
  return principal;
}

function checkService(projectName: string | undefined, service: string, projects: Projects): void {
  const project = projectName === undefined ? undefined : projects.find(projectName);
  if (project === undefined || !isServiceName(service)) return;
  if (projects.stateOf(project, service) === 'ENABLED') return;
  throw serviceDisabled({ name: service, title: titleOf(service) }, project.number);
}

/** The principal of the bearer token, whose scope must be cloud-platform. @throws ApiError 401 or 403 */
function authenticateCaller(headers: CallHeaders, rpc: Rpc, iam: Iam): string {
  const bearer = bearerOf(headers);
  if (bearer === undefined) throw unauthenticated('CREDENTIALS_MISSING', rpc);
  const verdict = verifyBearer(bearer, iam);
  if (verdict.is === 'expired') throw unauthenticated('ACCESS_TOKEN_EXPIRED', rpc);
  // Google's reason for a token that it has never seen.
  if (verdict.is === 'unknown') throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED', rpc);
  const { principal, scopes } = verdict.token;
  if (!iam.accounts.isActive(principal)) throw accountStateInvalid(principal, rpc);
  if (!scopes.includes(CLOUD_PLATFORM_SCOPE)) throw insufficientScope(rpc);
  return principal;
}

/** A call may be counted against another project only by those who may use services there. @throws ApiError 403 */
function checkQuotaProject({ headers, rpc }: Call, principal: string, { policy, projects }: Iam): void {
  const name = quotaProjectOf(headers);
  if (name === undefined) return;
  const id = projects.find(name)?.id ?? name;
  if (!policy.allows(principal, 'serviceusage.services.use', `projects/${id}`)) {
    throw userProjectDenied(name, rpc.service);
  }
}

/** An access token that was given out, or one that a service account has signed for itself. */
export function verifyBearer(bearer: string, iam: Pick<Iam, 'tokens' | 'keys' | 'clock'>): TokenVerdict {
  return looksSelfSigned(bearer) ? verifySelfSigned(bearer, iam) : iam.tokens.verify(bearer);
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
