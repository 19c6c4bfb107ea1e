// The IAM API: service accounts and their keys, each call with the permission that it takes.

import type { Permission } from '../iam/permissions.ts';
import { getIamPolicy, setIamPolicy, testIamPermissions } from '../iam/policy-calls.ts';
import { serviceAccountResource } from '../iam/principal.ts';
import type { RestApi, RestCall, RestRow } from '../iam/rest-service.ts';
import type { ServiceAccount } from '../iam/service-accounts.ts';
import { accountOf, createAccount, listAccounts, updateAccount, viewOfAccount } from './account-calls.ts';
import type { IamAdminParts } from './iam-admin-parts.ts';
import { createKey, deleteKey, keyOf, listKeys, setKeyDisabled, viewOfKey } from './key-calls.ts';

type Row = RestRow<IamAdminParts>;
type OnAccount = (account: ServiceAccount, call: RestCall, parts: IamAdminParts) => unknown;

const ACCOUNTS = '^/v1/projects/([^/]+)/serviceAccounts';
const ACCOUNT = `${ACCOUNTS}/([^/:]+)`;
const KEY = `${ACCOUNT}/keys/([^/:]+)`;

export const IAM_ADMIN_API: RestApi<IamAdminParts> = {
  service: 'iam.googleapis.com',
  rows: [
    { http: 'POST', path: new RegExp(`${ACCOUNTS}$`), rpc: rpc('CreateServiceAccount'), run: createAccount },
    { http: 'GET', path: new RegExp(`${ACCOUNTS}$`), rpc: rpc('ListServiceAccounts'), run: listAccounts },
    row('GET', ACCOUNT, 'GetServiceAccount', 'iam.serviceAccounts.get', viewOfAccount),
    row('PATCH', ACCOUNT, 'PatchServiceAccount', 'iam.serviceAccounts.update', updateAccount),
    row('DELETE', ACCOUNT, 'DeleteServiceAccount', 'iam.serviceAccounts.delete', (account, _, { iam }) => {
      iam.accounts.delete(account);
      return {};
    }),
    row('POST', `${ACCOUNT}:disable`, 'DisableServiceAccount', 'iam.serviceAccounts.disable', (account, _, { iam }) => {
      iam.accounts.change(account, { disabled: true });
      return {};
    }),
    row('POST', `${ACCOUNT}:enable`, 'EnableServiceAccount', 'iam.serviceAccounts.enable', (account, _, { iam }) => {
      iam.accounts.change(account, { disabled: false });
      return {};
    }),
    row(
      'POST',
      `${ACCOUNT}:getIamPolicy`,
      'GetIamPolicy',
      'iam.serviceAccounts.getIamPolicy',
      (account, call, { iam }) => getIamPolicy(serviceAccountResource(account.email), call, iam),
    ),
    row(
      'POST',
      `${ACCOUNT}:setIamPolicy`,
      'SetIamPolicy',
      'iam.serviceAccounts.setIamPolicy',
      (account, call, { iam }) => setIamPolicy(serviceAccountResource(account.email), call, iam),
    ),
    row('POST', `${ACCOUNT}:testIamPermissions`, 'TestIamPermissions', undefined, (account, call, { iam }) =>
      testIamPermissions(serviceAccountResource(account.email), call, iam),
    ),
    row('POST', `${ACCOUNT}/keys`, 'CreateServiceAccountKey', 'iam.serviceAccountKeys.create', createKey),
    row('GET', `${ACCOUNT}/keys`, 'ListServiceAccountKeys', 'iam.serviceAccountKeys.list', listKeys),
    row('GET', KEY, 'GetServiceAccountKey', 'iam.serviceAccountKeys.get', (account, call, parts) =>
      viewOfKey(keyOf(account, call, parts), account),
    ),
    row('DELETE', KEY, 'DeleteServiceAccountKey', 'iam.serviceAccountKeys.delete', deleteKey),
    row(
      'POST',
      `${KEY}:disable`,
      'DisableServiceAccountKey',
      'iam.serviceAccountKeys.disable',
      (account, call, parts) => setKeyDisabled(keyOf(account, call, parts), true, parts),
    ),
    row('POST', `${KEY}:enable`, 'EnableServiceAccountKey', 'iam.serviceAccountKeys.enable', (account, call, parts) =>
      setKeyDisabled(keyOf(account, call, parts), false, parts),
    ),
  ],
};

function rpc(name: string): string {
  return `google.iam.admin.v1.IAM.${name}`;
}

/** A call about one account, for those who have the permission on it. */
function row(http: Row['http'], path: string, name: string, permission: Permission | undefined, run: OnAccount): Row {
  return {
    http,
    path: new RegExp(`${path}$`),
    rpc: rpc(name),
    run: (call, parts) => run(accountOf(call, permission, parts), call, parts),
  };
}
