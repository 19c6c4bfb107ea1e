// The calls that manage clusters.

import { invalidArgument } from '../http/api-error.ts';
import { fieldsOf } from '../iam/rest-service.ts';
import { clusterView } from './instance-view.ts';
import { begin, type ManagingCall, type ManagingParts, type ManagingRow, newId } from './managing-call.ts';

const CLUSTERS = '/clusters';
const CLUSTER = '/clusters/([^/:]+)';

/** @throws ApiError or EmulatorError */
function create(call: ManagingCall, parts: ManagingParts, secondary: boolean): unknown {
  const name = `${call.location}/clusters/${newId(call, 'clusterId')}`;
  const of = fieldsOf(call.body['secondaryConfig'])['primaryClusterName'];
  if (secondary && typeof of !== 'string') {
    throw invalidArgument({ field: 'cluster.secondaryConfig.primaryClusterName', description: 'It is missing.' });
  }
  const standing = typeof of === 'string' ? { standing: { is: 'SECONDARY', of } as const } : {};
  const work = parts.fleet.createCluster({ name, ...standing });
  return begin(call, parts, { verb: 'create', target: name, work, response: () => shown(name, parts) });
}

function shown(name: string, { fleet }: ManagingParts) {
  return { kind: 'Cluster' as const, view: clusterView(fleet.cluster(name), fleet) };
}

export const CLUSTER_ROWS: readonly ManagingRow[] = [
  {
    http: 'POST',
    path: CLUSTERS,
    rpc: 'CreateCluster',
    permission: 'alloydb.clusters.create',
    run: (call, parts) => create(call, parts, false),
  },
  {
    http: 'POST',
    path: `${CLUSTERS}:createsecondary`,
    rpc: 'CreateSecondaryCluster',
    permission: 'alloydb.clusters.create',
    run: (call, parts) => create(call, parts, true),
  },
  {
    http: 'DELETE',
    path: CLUSTER,
    rpc: 'DeleteCluster',
    permission: 'alloydb.clusters.delete',
    run: (call, parts) => {
      const work = parts.fleet.deleteCluster(call.resource, call.query.get('force') === 'true');
      return begin(call, parts, { verb: 'delete', work });
    },
  },
  {
    http: 'POST',
    path: `${CLUSTER}:promote`,
    rpc: 'PromoteCluster',
    permission: 'alloydb.clusters.promote',
    run: (call, parts) => {
      const work = parts.fleet.promote(call.resource);
      return begin(call, parts, { verb: 'promote', work, response: () => shown(call.resource, parts) });
    },
  },
  {
    http: 'POST',
    path: `${CLUSTER}:switchover`,
    rpc: 'SwitchoverCluster',
    permission: 'alloydb.clusters.switchover',
    run: (call, parts) => {
      const work = parts.fleet.switchOver(call.resource);
      return begin(call, parts, { verb: 'switchover', work, response: () => shown(call.resource, parts) });
    },
  },
];
