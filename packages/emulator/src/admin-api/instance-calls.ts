// The calls that manage instances.

import type { Work } from '../fleet.ts';
import { invalidArgument } from '../http/api-error.ts';
import { fieldsOf } from '../iam/rest-service.ts';
import { type InstanceOptions, type InstanceType, resolveInstance } from '../options.ts';
import { instanceView } from './instance-view.ts';
import { begin, type ManagingCall, type ManagingParts, type ManagingRow, newId } from './managing-call.ts';

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
  const { nodeCount = 1 } = fieldsOf(body['readPoolConfig']);
  if (!Number.isInteger(nodeCount) || Number(nodeCount) < 1 || Number(nodeCount) > 20) {
    throw invalidArgument({ field: 'instance.readPoolConfig.nodeCount', description: 'It must be from 1 to 20.' });
  }
  return {
    publicIp: fieldsOf(body['networkConfig'])['enablePublicIp'] === true,
    requireConnectors: fieldsOf(body['clientConnectionConfig'])['requireConnectors'] === true,
    connectionPooling: fieldsOf(body['connectionPoolConfig'])['enabled'] === true,
    nodeCount: Number(nodeCount),
  };
}

/** Only what `updateMask` names; a path into an object counts as the whole of it. */
function update(call: ManagingCall, parts: ManagingParts): unknown {
  const { fleet } = parts;
  const uri = call.resource;
  const instance = fleet.instance(uri);
  const mask = (call.query.get('updateMask') ?? '').split(',').map((path) => path.trim().split('.')[0] ?? '');
  const named = (field: string): boolean =>
    mask.some((path) => path === field || path.replace(/_([a-z])/g, (_, a: string) => a.toUpperCase()) === field);
  const wanted = detailsOf(call.body);
  const start = named('activationPolicy') ? activation(call, parts) : async () => {};
  const { requireConnectors, connectionPooling, nodeCount } = { ...instance, ...definedIn(named, wanted) };
  const work = async (): Promise<void> => {
    fleet.cluster(call.cluster).change(uri, { requireConnectors, connectionPooling, nodeCount });
    await start();
  };
  return begin(call, parts, { verb: 'update', work, response: () => shown(uri, parts) });
}

function definedIn(named: (field: string) => boolean, wanted: ReturnType<typeof detailsOf>) {
  const { requireConnectors = false, connectionPooling = false, nodeCount = 1 } = wanted;
  return {
    ...(named('clientConnectionConfig') ? { requireConnectors } : {}),
    ...(named('connectionPoolConfig') ? { connectionPooling } : {}),
    ...(named('readPoolConfig') ? { nodeCount } : {}),
  };
}

/** An instance is stopped by the policy NEVER, and started by ALWAYS. */
function activation({ body, resource }: ManagingCall, { fleet }: ManagingParts): Work {
  switch (body['activationPolicy']) {
    case 'NEVER':
      return fleet.setState(resource, 'STOPPED');
    case 'ALWAYS':
      return fleet.setState(resource, 'READY');
    default:
      throw invalidArgument({ field: 'instance.activationPolicy', description: 'It must be ALWAYS or NEVER.' });
  }
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
  { http: 'PATCH', path: INSTANCE, rpc: 'UpdateInstance', permission: 'alloydb.instances.update', run: update },
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
