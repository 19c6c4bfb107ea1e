// Looks at everything that a plan depends on, and changes nothing.

import { type GoogleApis, memberOf } from 'alloydb-connector/google-apis';
import type { Account } from './account.ts';
import { requireOk } from './api-failure.ts';
import { getPolicy } from './change-policy.ts';
import { type IamPolicy, readPolicy } from './iam-policy.ts';
import { type KeyPlace, lookAt } from './key-place.ts';
import type { Persistence } from './persistence.ts';
import { type KnownAccount, ServiceAccounts } from './service-accounts.ts';

export interface Survey {
  /** The permissions that the caller has, of those that matter here. */
  readonly permissions: ReadonlySet<string>;
  /** Whether there is one; `unknown` to who may not look. */
  readonly account: KnownAccount | 'none' | 'unknown';
  /** Undefined for who may not look. */
  readonly policy: IamPolicy | undefined;
  /** Undefined without a key. */
  readonly place: KeyPlace | undefined;
  /** IDs of the account's keys; undefined when they are not known. */
  readonly keys: readonly string[] | undefined;
}

export interface SurveyRequest extends Persistence {
  readonly apis: Pick<GoogleApis, 'call' | 'principal'>;
  readonly account: Account;
  /** Undefined without a key. */
  readonly keyFile: string | undefined;
  readonly permissions: readonly string[];
}

/** @throws {CommandError} */
export async function survey(request: SurveyRequest): Promise<Survey> {
  const { account, keyFile } = request;
  const place = keyFile === undefined ? undefined : await lookAt(keyFile);
  const onProject = await projectPermissions(request);
  const accounts = new ServiceAccounts(request.apis, account, request);
  const [found, policy] = await Promise.all([
    onProject.has('iam.serviceAccounts.get') ? accounts.find() : ('unknown' as const),
    onProject.has('resourcemanager.projects.getIamPolicy') ? readProjectPolicy(request) : undefined,
  ]);
  if (found === undefined || found === 'unknown') {
    return {
      permissions: onProject,
      account: found ?? 'none',
      policy,
      place,
      keys: found === undefined ? [] : undefined,
    };
  }
  // Some are granted on the account alone.
  const lacking = request.permissions.filter((each) => each.startsWith('iam.') && !onProject.has(each));
  const onAccount = lacking.length === 0 ? [] : await accounts.testPermissions(lacking);
  const permissions = new Set([...onProject, ...onAccount]);
  return { permissions, account: found, policy, place, keys: await accounts.listKeys() };
}

export function memberNameOf({ email }: Pick<Account, 'email'>): string {
  return memberOf(email);
}

async function projectPermissions({ apis, account, permissions, signal }: SurveyRequest): Promise<ReadonlySet<string>> {
  const { project } = account;
  const answer = await apis.call({
    service: 'cloudresourcemanager',
    method: 'POST',
    path: `v3/projects/${project}:testIamPermissions`,
    body: { permissions },
    signal,
  });
  // To who has nothing there at all, Google says no more than this of a project.
  if (answer.is === 'refused' && answer.error.status === 'PERMISSION_DENIED' && isPlain(answer.error.reason)) {
    return new Set();
  }
  const value = requireOk(answer, {
    what: `ask for permissions on project ${project}`,
    project,
    principal: apis.principal(),
  });
  const granted = value['permissions'];
  return new Set(Array.isArray(granted) ? granted.map(String) : []);
}

function isPlain(reason: string | undefined): boolean {
  return reason === undefined || reason === 'IAM_PERMISSION_DENIED';
}

async function readProjectPolicy({ apis, account, pause, signal }: SurveyRequest): Promise<IamPolicy> {
  const { project } = account;
  const answer = await getPolicy({ apis, project, pause, signal });
  return readPolicy(
    requireOk(answer, { what: `read the policy of project ${project}`, project, principal: apis.principal() }),
  );
}
