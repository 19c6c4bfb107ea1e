// The state that a file describes: what an emulator is to begin with, read strictly before anything is started.

import { readFileSync } from 'node:fs';
import { SSL_MODES } from '../connection-rule.ts';
import { INSTANCE_TYPES } from '../control-api/read-order.ts';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { isPermission, type Permission } from '../iam/permissions.ts';
import type { Grant } from '../iam/policy.ts';
import { checkPrincipal, isServiceAccount } from '../iam/principal.ts';
import { type CustomRole, isCustomRole, isRole, type Role } from '../iam/roles.ts';
import { INSTANCE_STATES, type InstanceState } from '../instance-states.ts';
import type { InstanceOptions } from '../options.ts';
import { isServiceName, type ServiceName, type ServiceState } from '../projects.ts';
import { parseClusterName, parseInstanceName } from '../resource-name.ts';
import { DescribedFields, wrong } from './described-fields.ts';

export interface DescribedInstance extends InstanceOptions {
  readonly state: InstanceState;
}

export interface DescribedCluster {
  /** `projects/P/locations/L/clusters/C` */
  readonly name: string;
  readonly secondaryOf: string | undefined;
  readonly instances: readonly DescribedInstance[];
}

export interface DescribedState {
  readonly clusters: readonly DescribedCluster[];
  readonly users: readonly { readonly name: string; readonly password: string | undefined; readonly iam: boolean }[];
  readonly serviceAccounts: readonly { readonly email: string; readonly disabled: boolean }[];
  /** Where the key goes that is made for each account. */
  readonly keys: readonly { readonly serviceAccount: string; readonly file: string }[];
  readonly roles: readonly { readonly name: CustomRole; readonly permissions: readonly Permission[] }[];
  readonly grants: readonly { readonly principal: string; readonly grant: Grant }[];
  readonly services: readonly { readonly project: string; readonly name: ServiceName; readonly state: ServiceState }[];
  readonly defaultRoles: readonly Role[] | undefined;
}

/** @throws EmulatorError `STATE_FILE` */
export function readStateFile(path: string): DescribedState {
  const subject = `Cannot use the state file "${path}"`;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EmulatorError('STATE_FILE', `${subject}: ${reasonOf(cause)}`, { cause, hint: 'see docs/emulator.md' });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // A parser quotes what it cannot read, and that may be a password.
    const place = /position \d+(?: \(line \d+ column \d+\))?/.exec(reasonOf(cause))?.[0] ?? 'its end';
    throw new EmulatorError('STATE_FILE', `${subject}: it is no JSON, at ${place}`, { hint: 'mend it there' });
  }
  try {
    return describe(value);
  } catch (cause) {
    if (!(cause instanceof EmulatorError)) throw cause;
    const { message, hint } = cause;
    throw new EmulatorError('STATE_FILE', `${subject}: ${message}`, hint === undefined ? {} : { hint });
  }
}

/** @throws EmulatorError `STATE_FILE` with the path of what is wrong in it. */
export function describe(value: unknown): DescribedState {
  const all = new DescribedFields('', value);
  all.only('clusters', 'users', 'serviceAccounts', 'keys', 'roles', 'grants', 'services', 'defaultRoles');
  const clusters = all.list('clusters').map(readCluster);
  if (!clusters.some(({ instances }) => instances.length > 0)) {
    throw wrong('clusters', 'there is no instance', 'name at least one in a cluster\'s "instances"');
  }
  all.unique('clusters', clusters, ({ name }) => name);
  for (const [i, { name, secondaryOf }] of clusters.entries()) {
    const primary = clusters.find((cluster) => cluster.name === secondaryOf);
    if (secondaryOf === undefined || (primary?.secondaryOf === undefined && primary !== undefined)) continue;
    const known = clusters.filter((one) => one.secondaryOf === undefined && one.name !== name);
    const hint = `the primary ones are ${known.map((one) => one.name).join(', ')}`;
    throw wrong(`clusters[${i}].secondaryOf`, `"${secondaryOf}" is no primary cluster of the file`, hint);
  }
  const users = all.list('users').map(readUser);
  all.unique('users', users, ({ name }) => name);
  const roles = all.list('roles').map(readRole);
  return {
    clusters,
    users,
    roles,
    serviceAccounts: all.list('serviceAccounts').map((account) => {
      account.only('email', 'disabled');
      return { email: serviceAccount(account, 'email'), disabled: account.truth('disabled') ?? false };
    }),
    keys: all.list('keys').map((key) => {
      key.only('serviceAccount', 'file');
      return { serviceAccount: serviceAccount(key, 'serviceAccount'), file: key.text('file') };
    }),
    grants: all.list('grants').map(readGrant),
    services: all.list('services').map(readService),
    defaultRoles: all.has('defaultRoles') ? all.texts('defaultRoles').map(roleAt('defaultRoles')) : undefined,
  };
}

function readCluster(cluster: DescribedFields): DescribedCluster {
  cluster.only('name', 'secondaryOf', 'instances');
  const name = cluster.check('name', (text) => parseClusterName(text).clusterName);
  const secondaryOf = cluster.optionalText('secondaryOf');
  const kind = secondaryOf === undefined ? 'PRIMARY' : 'SECONDARY';
  const instances = cluster.list('instances').map((instance): DescribedInstance => {
    instance.only(
      'id',
      'type',
      'state',
      'publicIp',
      'pscDnsName',
      'pscAutoDnsName',
      'requireConnectors',
      'sslMode',
      'connectionPooling',
      'nodeCount',
    );
    const type = instance.oneOf('type', INSTANCE_TYPES) ?? kind;
    if (type !== 'READ_POOL' && type !== kind) {
      throw wrong(instance.at('type'), `a ${kind.toLowerCase()} cluster has no ${type} instance`, `use ${kind}`);
    }
    const texts = { pscDnsName: instance.optionalText('pscDnsName') };
    const auto = { pscAutoDnsName: instance.optionalText('pscAutoDnsName') };
    const nodeCount = instance.count('nodeCount', 20) ?? 1;
    const state = instance.oneOf('state', INSTANCE_STATES) ?? 'READY';
    return {
      uri: instance.check('id', (id) => parseInstanceName(`${name}/instances/${id}`).uri),
      type,
      state,
      nodeCount,
      publicIp: instance.truth('publicIp') ?? false,
      requireConnectors: instance.truth('requireConnectors') ?? false,
      sslMode: instance.oneOf('sslMode', SSL_MODES) ?? 'ENCRYPTED_ONLY',
      connectionPooling: instance.truth('connectionPooling') ?? false,
      ...(texts.pscDnsName === undefined ? {} : { pscDnsName: texts.pscDnsName }),
      ...(auto.pscAutoDnsName === undefined ? {} : { pscAutoDnsName: auto.pscAutoDnsName }),
    };
  });
  cluster.unique('instances', instances, ({ uri }) => uri);
  return { name, secondaryOf, instances };
}

function readUser(user: DescribedFields): DescribedState['users'][number] {
  user.only('name', 'password', 'iam');
  const iam = user.truth('iam') ?? false;
  const password = user.optionalText('password');
  if (iam && password !== undefined) throw wrong(user.at('password'), 'an IAM user has none', 'leave it out');
  return { name: iam ? user.check('name', checkPrincipal) : user.text('name'), password, iam };
}

function readRole(role: DescribedFields): DescribedState['roles'][number] {
  role.only('name', 'permissions');
  const name = role.text('name');
  if (!isCustomRole(name)) throw wrong(role.at('name'), `"${name}"`, 'write it as projects/PROJECT/roles/NAME');
  const permissions = role.texts('permissions').map((permission, i) => {
    if (isPermission(permission)) return permission;
    throw wrong(role.at(`permissions[${i}]`), `"${permission}" is not known here`, 'see docs/emulator.md');
  });
  return { name, permissions };
}

function readGrant(grant: DescribedFields): DescribedState['grants'][number] {
  grant.only('principal', 'role', 'on');
  const principal = grant.check('principal', checkPrincipal);
  const role = roleAt(grant.at('role'))(grant.text('role'));
  const on = grant.optionalText('on');
  if (on !== undefined && !/^projects\/[^/\s]+(\/serviceAccounts\/[^/\s]+@[^/\s]+)?$/.test(on)) {
    throw wrong(grant.at('on'), `"${on}"`, 'write it as projects/PROJECT or projects/-/serviceAccounts/EMAIL');
  }
  return { principal, grant: on === undefined ? role : { role, on } };
}

function readService(service: DescribedFields): DescribedState['services'][number] {
  service.only('project', 'name', 'state');
  const name = service.text('name');
  if (!isServiceName(name)) throw wrong(service.at('name'), `"${name}" is not emulated`, 'see docs/emulator.md');
  const state = service.oneOf('state', ['ENABLED', 'DISABLED'] as const) ?? 'ENABLED';
  return { project: service.text('project'), name, state };
}

function serviceAccount(fields: DescribedFields, name: string): string {
  const email = fields.text(name);
  if (isServiceAccount(email)) return email;
  throw wrong(fields.at(name), `"${email}" is no service account`, 'write it as NAME@PROJECT.iam.gserviceaccount.com');
}

function roleAt(path: string): (text: string) => Role {
  return (text) => {
    if (isRole(text)) return text;
    throw wrong(path, `"${text}" is no role that is known here`, 'see docs/emulator.md, or define it in "roles"');
  };
}
