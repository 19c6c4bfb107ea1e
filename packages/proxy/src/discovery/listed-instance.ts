// One instance as the lists of the Admin API describe it.

import { ConnectorError, type InstanceUri, parseInstanceUri } from 'alloydb-connector';

export interface ListedInstance {
  readonly uri: InstanceUri;
  /** READY, STOPPED, CREATING … as the API says. */
  readonly state: string;
  /** PRIMARY, READ_POOL or SECONDARY. */
  readonly type: string;
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  /** Without the dot at its end. */
  readonly pscName: string | undefined;
  /** Whether only connectors, such as this proxy, are let in. */
  readonly requiresConnectors: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Undefined for what has no name to connect to. Anything else may be missing: it is only shown. */
export function readListedInstance(value: unknown): ListedInstance | undefined {
  const instance = objectOf(value);
  const uri = readUri(textOf(instance['name']) ?? '');
  if (uri === undefined) return undefined;
  return {
    uri,
    state: textOf(instance['state']) ?? 'STATE_UNSPECIFIED',
    type: textOf(instance['instanceType']) ?? 'INSTANCE_TYPE_UNSPECIFIED',
    privateIp: textOf(instance['ipAddress']),
    publicIp: textOf(instance['publicIpAddress']),
    pscName: textOf(objectOf(instance['pscInstanceConfig'])['pscDnsName'])?.replace(/\.$/, ''),
    requiresConnectors: objectOf(instance['clientConnectionConfig'])['requireConnectors'] === true,
  };
}

function readUri(name: string): InstanceUri | undefined {
  try {
    return parseInstanceUri(name);
  } catch (error) {
    if (error instanceof ConnectorError) return undefined;
    throw error;
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
