// How clusters and instances look in the answers of the Admin API.

import type { Cluster } from '../cluster.ts';
import type { Fleet } from '../fleet.ts';
import type { Instance } from '../instance.ts';
import type { InstanceState } from '../instance-states.ts';
import type { ApiVersion } from './route.ts';

/** Kinds of address that an instance lacks are left out. */
export function connectionInfo(instance: Instance, version: ApiVersion): Readonly<Record<string, unknown>> {
  return {
    name: `${instance.name.uri}/connectionInfo`,
    ipAddress: instance.address,
    ...(instance.publicAddress === undefined ? {} : { publicIpAddress: instance.publicAddress }),
    ...(version === 'v1' ? {} : pscNames(instance)),
    instanceUid: instance.uid,
  };
}

function pscNames({ pscDnsName, pscAutoDnsName }: Instance): Readonly<Record<string, string>> {
  return {
    ...(pscDnsName === undefined ? {} : { pscDnsName }),
    ...(pscAutoDnsName === undefined ? {} : { pscAutoDnsName }),
  };
}

export function instanceView(instance: Instance, state: InstanceState): Readonly<Record<string, unknown>> {
  return {
    name: instance.name.uri,
    displayName: instance.name.instance,
    uid: instance.uid,
    state,
    instanceType: instance.type,
    // A stopped one has been told never to run.
    activationPolicy: state === 'STOPPED' ? 'NEVER' : 'ALWAYS',
    ...nodes(instance),
    ipAddress: instance.address,
    ...(instance.publicAddress === undefined ? {} : { publicIpAddress: instance.publicAddress }),
    ...(instance.pscDnsName === undefined ? {} : { pscInstanceConfig: { pscDnsName: instance.pscDnsName } }),
    clientConnectionConfig: {
      requireConnectors: instance.requireConnectors,
      sslConfig: { sslMode: instance.sslMode },
    },
    ...(instance.connectionPooling ? { connectionPoolConfig: { enabled: true } } : {}),
  };
}

/** The zone changes with a failover, and the addresses do not. What a node is called is unverified. */
function nodes({ name, type, node, nodeCount }: Instance): Readonly<Record<string, unknown>> {
  const place = (count: number) => ({
    zoneId: `${name.location}-${'abc'.charAt(count % 3)}`,
    id: `${name.instance}-node-${count + 1}`,
    state: 'READY',
  });
  if (type !== 'READ_POOL') return { availabilityType: 'REGIONAL', writableNode: place(node) };
  return { readPoolConfig: { nodeCount }, nodes: Array.from({ length: nodeCount }, (_, i) => place(node + i)) };
}

export function clusterView({ name, uid, standing }: Cluster, fleet: Fleet): Readonly<Record<string, unknown>> {
  const { clusterName, cluster } = name;
  const followers = fleet.clusters.filter((one) => one.standing.is === 'SECONDARY' && one.standing.of === clusterName);
  return {
    name: clusterName,
    displayName: cluster,
    uid,
    state: 'READY',
    clusterType: standing.is,
    ...(standing.is === 'SECONDARY' && standing.of !== undefined
      ? { secondaryConfig: { primaryClusterName: standing.of } }
      : {}),
    ...(followers.length === 0
      ? {}
      : { primaryConfig: { secondaryClusterNames: followers.map((one) => one.name.clusterName) } }),
  };
}
