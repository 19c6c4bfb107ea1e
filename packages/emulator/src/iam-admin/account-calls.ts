// The calls about service accounts.

import { ApiError, iamPermissionDenied, invalidArgument } from '../http/api-error.ts';
import { nextPage, pageOf } from '../iam/paging.ts';
import type { Permission } from '../iam/permissions.ts';
import { serviceAccountOf, serviceAccountResource } from '../iam/principal.ts';
import { fieldsOf, type RestCall } from '../iam/rest-service.ts';
import type { ServiceAccount } from '../iam/service-accounts.ts';
import type { Project } from '../projects.ts';
import type { IamAdminParts } from './iam-admin-parts.ts';

const DEFAULT_PAGE_SIZE = 20;

export function createAccount(call: RestCall, parts: IamAdminParts): unknown {
  const project = projectOf(call, 'iam.serviceAccounts.create', parts);
  const email = serviceAccountOf(readAccountId(call.body.accountId), project.id);
  const { accounts } = parts.iam;
  if (accounts.find(email) !== undefined) {
    const [name = ''] = email.split('@');
    const text = `Service account ${name} already exists within project projects/${project.id}.`;
    const resource = {
      '@type': 'type.googleapis.com/google.rpc.ResourceInfo',
      resourceName: `projects/${project.id}/serviceAccounts/${email}`,
    };
    throw new ApiError(409, text, [resource], { status: 'ALREADY_EXISTS' });
  }
  return viewOfAccount(accounts.create(email, readTexts(fieldsOf(call.body.serviceAccount))));
}

export function listAccounts(call: RestCall, parts: IamAdminParts): unknown {
  const project = projectOf(call, 'iam.serviceAccounts.list', parts);
  const page = pageOf(parts.iam.accounts.list(project.id), call.query, DEFAULT_PAGE_SIZE);
  return { accounts: page.items.map(viewOfAccount), ...nextPage(page) };
}

export function updateAccount(account: ServiceAccount, { body }: RestCall, { iam }: IamAdminParts): unknown {
  return viewOfAccount(iam.accounts.change(account, readTexts(fieldsOf(body.serviceAccount))));
}

export function viewOfAccount(account: ServiceAccount): Readonly<Record<string, unknown>> {
  const { email, project, uniqueId, displayName, description, disabled } = account;
  return {
    name: `projects/${project}/serviceAccounts/${email}`,
    projectId: project,
    uniqueId,
    email,
    ...(displayName === '' ? {} : { displayName }),
    etag: Buffer.from(JSON.stringify([displayName, description, disabled])).toString('base64'),
    ...(description === '' ? {} : { description }),
    oauth2ClientId: uniqueId,
    ...(disabled ? { disabled } : {}),
  };
}

/**
 * The account of the path, named by e-mail or unique ID in its project or in `-`, for callers who have the permission on it.
 *
 * @throws ApiError 403, or 404 to those who may know that it is not there.
 */
export function accountOf(
  { principal, names }: RestCall,
  permission: Permission | undefined,
  { iam }: IamAdminParts,
): ServiceAccount {
  const [projectName = '', name = ''] = names;
  const project = iam.projects.find(projectName)?.id;
  const found = iam.accounts.find(name);
  const account = projectName === '-' || found?.project === project ? found : undefined;
  const resource = account === undefined ? `projects/${project ?? projectName}` : serviceAccountResource(account.email);
  if (permission !== undefined && !iam.policy.allows(principal, permission, resource)) {
    throw iamPermissionDenied(permission);
  }
  if (account !== undefined) return account;
  // With `-` for the project, Google does not tell what is not there from what may not be seen.
  if (projectName === '-') throw iamPermissionDenied(permission ?? 'iam.serviceAccounts.get');
  throw new ApiError(404, `Unknown service account: projects/${projectName}/serviceAccounts/${name}`);
}

function projectOf({ principal, names }: RestCall, permission: Permission, { iam }: IamAdminParts): Project {
  const project = iam.projects.find(names[0] ?? '');
  if (project !== undefined && iam.policy.allows(principal, permission, `projects/${project.id}`)) return project;
  throw iamPermissionDenied(permission);
}

function readAccountId(value: unknown): string {
  const id = typeof value === 'string' ? value : '';
  if (id.length < 6 || id.length > 30) {
    throw wrong('accountId', `The account ID "${id}" does not have a length between 6 and 30.`);
  }
  if (/^[a-z]([-a-z0-9]*[a-z0-9])$/.test(id)) return id;
  throw wrong('accountId', `The account ID "${id}" does not match [a-z]([-a-z0-9]*[a-z0-9]).`);
}

function readTexts(fields: Readonly<Record<string, unknown>>): { displayName?: string; description?: string } {
  const { displayName, description } = fields;
  if (typeof displayName === 'string' && displayName.length > 100) {
    throw wrong('serviceAccount.displayName', 'The display name is longer than 100 characters.');
  }
  if (typeof description === 'string' && description.length > 256) {
    throw wrong('serviceAccount.description', 'The description is longer than 256 characters.');
  }
  return {
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function wrong(field: string, description: string): ApiError {
  return invalidArgument({ field, description });
}
