// How instances look in the answers of the Admin API.

import { createHash } from 'node:crypto';
import type { ConnectionRule } from '../connection-rules.ts';
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

export interface InstanceCondition {
  readonly state: InstanceState;
  readonly rule: ConnectionRule;
}

export function instanceView(
  instance: Instance,
  { state, rule }: InstanceCondition,
): Readonly<Record<string, unknown>> {
  return {
    name: instance.name.uri,
    displayName: instance.name.instance,
    uid: instance.uid,
    state,
    instanceType: instance.type,
    ipAddress: instance.address,
    ...(instance.publicAddress === undefined ? {} : { publicIpAddress: instance.publicAddress }),
    ...(instance.pscDnsName === undefined ? {} : { pscInstanceConfig: { pscDnsName: instance.pscDnsName } }),
    clientConnectionConfig: {
      requireConnectors: rule.requireConnectors,
      sslConfig: { sslMode: rule.sslMode },
    },
    ...(instance.connectionPooling ? { connectionPoolConfig: { enabled: true } } : {}),
  };
}

/** `members` are the instances of one cluster. */
export function clusterView([first]: readonly Instance[]): Readonly<Record<string, unknown>> {
  if (first === undefined) return {};
  const { clusterName, cluster } = first.name;
  // Told apart from others of the same name, and the same each time, as the real one is.
  const uid = createHash('sha256').update(`${clusterName} ${first.uid}`).digest('hex');
  return {
    name: clusterName,
    displayName: cluster,
    uid: `${uid.slice(0, 8)}-${uid.slice(8, 12)}-4${uid.slice(13, 16)}-8${uid.slice(17, 20)}-${uid.slice(20, 32)}`,
    state: 'READY',
    clusterType: first.type === 'SECONDARY' ? 'SECONDARY' : 'PRIMARY',
  };
}
