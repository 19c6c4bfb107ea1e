// The calls that manage instances.

import { invalidArgument } from '../http/api-error.ts';
import { fieldsOf } from '../iam/rest-service.ts';
import { type InstanceOptions, type InstanceType, resolveInstance } from '../options.ts';
import { instanceView } from './instance-view.ts';
import { begin, type ManagingCall, type ManagingParts, type ManagingRow, newId } from './managing-call.ts';
import { readChangeable } from './update-instance.ts';

const INSTANCES = '/clusters/([^/:]+)/instances';
const INSTANCE = `${INSTANCES}/([^/:]+)`;

type Fields = Readonly<Record<string, unknown>>;

/** Fields of the real API that nothing here depends on are taken and forgotten. @throws ApiError or EmulatorError */
function create(call: ManagingCall, parts: ManagingParts, secondary: boolean): unknown {
  const uri = `${call.cluster}/instances/${newId(call, 'instanceId')}`;
  const type = secondary ? 'SECONDARY' : typeOf(call.body['instanceType']);
  const { fleet } = parts;
  const cluster = fleet.cluster(call.cluster);
  if ((cluster.standing.is === 'SECONDARY') !== (type === 'SECONDARY') && type !== 'READ_POOL') {
    const description = `A ${cluster.standing.is.toLowerCase()} cluster has no ${type.toLowerCase()} instance.`;
    throw invalidArgument({ field: 'instance.instanceType', description });
  }
  if (type !== 'READ_POOL' && cluster.instances.some((other) => other.type === type)) {
    throw invalidArgument({ field: 'instance.instanceType', description: `The cluster has a ${type} instance.` });
  }
  const work = fleet.createInstance(resolveInstance({ uri, type, ...detailsOf(call.body) }));
  return begin(call, parts, { verb: 'create', target: uri, work, response: () => shown(uri, parts) });
}

function typeOf(value: unknown): InstanceType {
  if (value === 'PRIMARY' || value === 'READ_POOL' || value === 'SECONDARY') return value;
  throw invalidArgument({
    field: 'instance.instanceType',
    description: 'The type must be PRIMARY, READ_POOL or SECONDARY.',
  });
}

function detailsOf(body: Fields): Omit<InstanceOptions, 'uri' | 'type'> {
  return { publicIp: fieldsOf(body['networkConfig'])['enablePublicIp'] === true, ...readChangeable(body) };
}

function shown(uri: string, { fleet, states }: ManagingParts) {
  return { kind: 'Instance' as const, view: instanceView(fleet.instance(uri), states.of(uri)) };
}

export const INSTANCE_ROWS: readonly ManagingRow[] = [
  {
    http: 'POST',
    path: INSTANCES,
    rpc: 'CreateInstance',
    permission: 'alloydb.instances.create',
    run: (call, parts) => create(call, parts, false),
  },
  {
    http: 'POST',
    path: `${INSTANCES}:createsecondary`,
    rpc: 'CreateSecondaryInstance',
    permission: 'alloydb.instances.create',
    run: (call, parts) => create(call, parts, true),
  },
  {
    http: 'DELETE',
    path: INSTANCE,
    rpc: 'DeleteInstance',
    permission: 'alloydb.instances.delete',
    run: (call, parts) => begin(call, parts, { verb: 'delete', work: parts.fleet.deleteInstance(call.resource) }),
  },
  {
    http: 'POST',
    path: `${INSTANCE}:failover`,
    rpc: 'FailoverInstance',
    permission: 'alloydb.instances.failover',
    run: (call, parts) => {
      const work = parts.fleet.failOver(call.resource);
      return begin(call, parts, { verb: 'failover', work, response: () => shown(call.resource, parts) });
    },
  },
  {
    http: 'POST',
    path: `${INSTANCE}:restart`,
    rpc: 'RestartInstance',
    permission: 'alloydb.instances.restart',
    run: (call, parts) => {
      const work = parts.fleet.restart(call.resource);
      return begin(call, parts, { verb: 'restart', work, response: () => shown(call.resource, parts) });
    },
  },
];
