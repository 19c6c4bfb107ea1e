// The calls about database users, which are the same in every cluster: behind all of them is one PostgreSQL.

import { EmulatorError } from '../emulator-error.ts';
import { invalidArgument } from '../http/api-error.ts';
import { principalOf } from '../iam/principal.ts';
import { nextPage, pageOf } from '../iam/paging.ts';
import type { ListedUser } from '../postgres/database-users.ts';
import type { ManagingCall, ManagingParts, ManagingRow } from './managing-call.ts';

const USERS = '/clusters/([^/:]+)/users';
// The name of a user may hold whatever a path can.
const USER = `${USERS}/([^/]+)`;
const DEFAULT_PAGE_SIZE = 25;

function viewOf({ name, type }: ListedUser, cluster: string): unknown {
  return { name: `${cluster}/users/${name}`, userType: type };
}

function find({ names, cluster }: ManagingCall, { fleet, users }: ManagingParts): ListedUser {
  fleet.cluster(cluster);
  const name = names[3] ?? '';
  const user = users.list().find((one) => one.name === name);
  if (user !== undefined) return user;
  throw new EmulatorError('UNKNOWN_USER', `Resource '${cluster}/users/${name}' was not found`);
}

async function create(call: ManagingCall, parts: ManagingParts): Promise<unknown> {
  const { fleet, users, iamControls } = parts;
  fleet.cluster(call.cluster);
  const { userType = 'ALLOYDB_BUILT_IN', password } = call.body;
  const name = call.query.get('userId') ?? '';
  if (name === '') throw invalidArgument({ field: 'userId', description: 'The user ID is missing.' });
  if (users.list().some((one) => one.name === name)) {
    throw new EmulatorError('ALREADY_EXISTS', `Resource '${call.cluster}/users/${name}' already exists`);
  }
  const roles = rolesOf(call.body['databaseRoles']);
  if (userType === 'ALLOYDB_IAM_USER') {
    // A service account is called here what it is in PostgreSQL, without the end of its e-mail.
    await iamControls.createIamUser(principalOf(name), users, { grantRoles: false });
  } else if (userType === 'ALLOYDB_BUILT_IN') {
    if (typeof password !== 'string' || password === '') {
      throw invalidArgument({ field: 'user.password', description: 'A built-in user needs a password.' });
    }
    await users.createBuiltIn({ name, password });
  } else {
    const description = 'The type must be ALLOYDB_BUILT_IN or ALLOYDB_IAM_USER.';
    throw invalidArgument({ field: 'user.userType', description });
  }
  await users.addToRoles(name, roles);
  return viewOf({ name, type: userType }, call.cluster);
}

async function update(call: ManagingCall, parts: ManagingParts): Promise<unknown> {
  const user = find(call, parts);
  const { password } = call.body;
  if (password !== undefined && user.type === 'ALLOYDB_BUILT_IN') {
    if (typeof password !== 'string' || password === '') {
      throw invalidArgument({ field: 'user.password', description: 'The password must be a text.' });
    }
    await parts.users.createBuiltIn({ name: user.name, password });
  }
  await parts.users.addToRoles(user.name, rolesOf(call.body['databaseRoles']));
  return viewOf(user, call.cluster);
}

function rolesOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((role) => typeof role === 'string')) return value;
  throw invalidArgument({ field: 'user.databaseRoles', description: 'It must be a list of texts.' });
}

export const USER_ROWS: readonly ManagingRow[] = [
  {
    http: 'GET',
    path: USERS,
    rpc: 'ListUsers',
    permission: 'alloydb.users.list',
    run: ({ cluster, query }, { fleet, users }) => {
      fleet.cluster(cluster);
      const page = pageOf(users.list(), query, DEFAULT_PAGE_SIZE);
      return { users: page.items.map((user) => viewOf(user, cluster)), ...nextPage(page) };
    },
  },
  {
    http: 'GET',
    path: USER,
    rpc: 'GetUser',
    permission: 'alloydb.users.get',
    run: (call, parts) => viewOf(find(call, parts), call.cluster),
  },
  { http: 'POST', path: USERS, rpc: 'CreateUser', permission: 'alloydb.users.create', run: create },
  { http: 'PATCH', path: USER, rpc: 'UpdateUser', permission: 'alloydb.users.update', run: update },
  {
    http: 'DELETE',
    path: USER,
    rpc: 'DeleteUser',
    permission: 'alloydb.users.delete',
    run: async (call, parts) => {
      await parts.users.delete(find(call, parts).name);
      return {};
    },
  },
];
