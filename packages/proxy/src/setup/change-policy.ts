// Changes the policy of a project by read, modify and write: nobody else's change in between is lost.

import type { ApiErrorBody, GoogleApiAnswer, GoogleApis } from 'alloydb-connector/google-apis';
import { isTransient, requireOk } from './api-failure.ts';
import { type IamPolicy, policyVersion, readPolicy } from './iam-policy.ts';
import { persist, type Persistence } from './persistence.ts';

export interface PolicyAccess extends Persistence {
  readonly apis: Pick<GoogleApis, 'call' | 'principal'>;
  readonly project: string;
}

export async function getPolicy(access: PolicyAccess): Promise<GoogleApiAnswer> {
  const { apis, project, signal } = access;
  return apis.call({
    service: 'cloudresourcemanager',
    method: 'POST',
    path: `v3/projects/${project}:getIamPolicy`,
    body: { options: { requestedPolicyVersion: policyVersion } },
    signal,
  });
}

/**
 * Reads the policy anew for each attempt. Somebody else's change in between (409), an interruption, and a service account
 * so new that the policy does not know it yet (400) are tried again for a while.
 *
 * @returns whether anything had to be changed.
 * @throws {CommandError}
 */
export async function changePolicy(access: PolicyAccess, change: (policy: IamPolicy) => IamPolicy): Promise<boolean> {
  const { apis, project, signal } = access;
  const attempted = { project, principal: apis.principal() };
  const isWritten = await persist<GoogleApiAnswer | 'unchanged'>(
    async () => {
      const read = requireOk(await getPolicy(access), { ...attempted, what: `read the policy of project ${project}` });
      const policy = readPolicy(read);
      const changed = change(policy);
      if (JSON.stringify(changed.bindings) === JSON.stringify(policy.bindings)) return 'unchanged';
      return apis.call({
        service: 'cloudresourcemanager',
        method: 'POST',
        path: `v3/projects/${project}:setIamPolicy`,
        body: { policy: { ...changed, version: policyVersion } },
        signal,
      });
    },
    (answer) => answer === 'unchanged' || answer.is === 'ok' || !isWorthAnother(answer.error),
    access,
  );
  if (isWritten === 'unchanged') return false;
  requireOk(isWritten, { ...attempted, what: `change the policy of project ${project}` });
  return true;
}

function isWorthAnother(error: ApiErrorBody): boolean {
  return error.httpStatus === 409 || isTransient(error) || isUnknownAccount(error);
}

function isUnknownAccount({ httpStatus, message, fieldViolations }: ApiErrorBody): boolean {
  const words = [message, ...fieldViolations.map(({ description }) => description)].join(' ');
  return httpStatus === 400 && /does not exist/i.test(words);
}
