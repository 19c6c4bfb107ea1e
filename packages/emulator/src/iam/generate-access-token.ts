// The call generateAccessToken of the IAM Credentials API: a token of a service account for those who may act as it.

import { ApiError, iamPermissionDenied, invalidArgument, type Rpc } from '../http/api-error.ts';
import type { Clock } from '../clock.ts';
import { admitCaller, type CallHeaders, type Iam } from './caller.ts';
import { serviceAccountResource } from './principal.ts';
import type { Permission } from './permissions.ts';

export interface GenerateAccessTokenParts {
  readonly iam: Iam;
  readonly clock: Clock;
  /** Caps what callers ask for. */
  readonly tokenLifeMs: number;
}

const RPC: Rpc = {
  service: 'iamcredentials.googleapis.com',
  method: 'google.iam.credentials.v1.IAMCredentials.GenerateAccessToken',
};
const MAX_LIFE_SECONDS = 3600;

/** Returns the body of the answer. @throws ApiError */
export function generateAccessToken(
  call: { readonly target: string; readonly headers: CallHeaders; readonly body: unknown },
  parts: GenerateAccessTokenParts,
): Readonly<Record<string, string>> {
  const { iam, clock, tokenLifeMs } = parts;
  const caller = admitCaller({ headers: call.headers, rpc: RPC }, iam);
  const { delegates, scopes, lifeMs } = readBody(call.body);
  checkChain([caller, ...delegates, call.target], iam);
  const life = Math.min(lifeMs, tokenLifeMs);
  const expireTime = new Date(clock.now() + life).toISOString().replace(/\.\d+Z$/, 'Z');
  return { accessToken: iam.tokens.mint({ principal: call.target, scopes, lifeMs: life }), expireTime };
}

/**
 * Each member of the chain must be allowed to act as the next one: by implicitDelegation up to the last delegate, who needs
 * getAccessToken on the target. That a caller may act as the target does not help when a delegate in between may not.
 */
function checkChain(chain: readonly string[], { policy, accounts }: Iam): void {
  const last = chain.length - 1;
  for (const [index, actor] of chain.slice(0, -1).entries()) {
    const next = chain[index + 1] ?? '';
    const account = accounts.find(next);
    if (account === undefined) throw new ApiError(404, `Not found; Gaia id not found for email ${next}`);
    const permission: Permission =
      index + 1 === last ? 'iam.serviceAccounts.getAccessToken' : 'iam.serviceAccounts.implicitDelegation';
    if (!policy.allows(actor, permission, serviceAccountResource(next))) throw iamPermissionDenied(permission);
    // The text is unverified.
    if (account.disabled) {
      throw new ApiError(400, `Service account ${next} is disabled.`, [], { status: 'FAILED_PRECONDITION' });
    }
  }
}

function readBody(body: unknown): {
  readonly delegates: readonly string[];
  readonly scopes: readonly string[];
  readonly lifeMs: number;
} {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  const { delegates = [], scope, lifetime = `${MAX_LIFE_SECONDS}s` } = fields;
  if (!isTexts(scope) || scope.length === 0) throw violation('scope', 'The scope is missing.');
  if (!isTexts(delegates)) throw violation('delegates', 'The delegates must be a list of names.');
  const seconds = typeof lifetime === 'string' ? Number(/^(\d+(?:\.\d{1,9})?)s$/.exec(lifetime)?.[1]) : Number.NaN;
  if (!(seconds > 0 && seconds <= MAX_LIFE_SECONDS)) {
    throw violation('lifetime', `The lifetime must be above 0s and not beyond ${MAX_LIFE_SECONDS}s.`);
  }
  return { delegates: delegates.map(emailOfDelegate), scopes: scope, lifeMs: seconds * 1000 };
}

function emailOfDelegate(name: string): string {
  const email = /^projects\/-\/serviceAccounts\/([^/]+)$/.exec(name)?.[1];
  if (email === undefined) throw violation('delegates', `"${name}" is not projects/-/serviceAccounts/EMAIL.`);
  return email;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function violation(field: string, description: string): ApiError {
  return invalidArgument({ field, description });
}
