// How instances look in the answers of the Admin API.

import type { Instance } from '../instance.ts';
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

export function instanceView(instance: Instance): Readonly<Record<string, unknown>> {
  return {
    name: instance.name.uri,
    displayName: instance.name.instance,
    uid: instance.uid,
    state: 'READY',
    instanceType: instance.type,
    ipAddress: instance.address,
    ...(instance.publicAddress === undefined ? {} : { publicIpAddress: instance.publicAddress }),
    ...(instance.pscDnsName === undefined ? {} : { pscInstanceConfig: { pscDnsName: instance.pscDnsName } }),
    clientConnectionConfig: { requireConnectors: false, sslConfig: { sslMode: 'ENCRYPTED_ONLY' } },
  };
}

/** `parent` is a cluster's name in which location and cluster may be `-` for all. */
export function isBelow(instance: Instance, parent: string): boolean {
  const { project, location, cluster } = instance.name;
  const [, wantedProject, , wantedLocation, , wantedCluster] = parent.split('/');
  return wantedProject === project && fits(wantedLocation, location) && fits(wantedCluster, cluster);
}

function fits(wanted: string | undefined, own: string): boolean {
  return wanted === '-' || wanted === own;
}
