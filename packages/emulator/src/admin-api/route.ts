// Reads method and path of a request into the call of the Admin API that it is.

import type { ApiMethod } from '../faults/fault.ts';
import type { Permission } from '../iam/permissions.ts';
import type { Rpc } from '../http/api-error.ts';

export type ApiVersion = 'v1' | 'v1beta' | 'v1alpha';

export interface ApiCall {
  readonly method: ApiMethod;
  readonly version: ApiVersion;
  /** Name of the instance or the cluster, or for lists of what they are below. */
  readonly resource: string;
  readonly permission: Permission;
  /** With the full name of the gRPC method. */
  readonly rpc: Rpc;
}

interface Row {
  readonly http: 'GET' | 'POST' | 'PATCH';
  readonly path: RegExp;
  readonly method: ApiMethod;
  readonly permission: Permission;
  readonly rpc: string;
}

const LOCATION = 'projects/[^/]+/locations/[^/]+';
const CLUSTER = `${LOCATION}/clusters/[^/:]+`;
const INSTANCE = `${CLUSTER}/instances/[^/:]+`;

const ROWS: readonly Row[] = [
  {
    http: 'GET',
    path: new RegExp(`^(${INSTANCE})/connectionInfo$`),
    method: 'connectionInfo',
    permission: 'alloydb.instances.connect',
    rpc: 'GetConnectionInfo',
  },
  {
    http: 'POST',
    path: new RegExp(`^(${CLUSTER}):generateClientCertificate$`),
    method: 'generateClientCertificate',
    permission: 'alloydb.clusters.generateClientCertificate',
    rpc: 'GenerateClientCertificate',
  },
  {
    http: 'GET',
    path: new RegExp(`^(${INSTANCE})$`),
    method: 'getInstance',
    permission: 'alloydb.instances.get',
    rpc: 'GetInstance',
  },
  {
    http: 'PATCH',
    path: new RegExp(`^(${INSTANCE})$`),
    method: 'updateInstance',
    permission: 'alloydb.instances.update',
    rpc: 'UpdateInstance',
  },
  {
    http: 'GET',
    path: new RegExp(`^(${LOCATION}/operations/[^/:]+)$`),
    method: 'getOperation',
    permission: 'alloydb.operations.get',
    rpc: 'GetOperation',
  },
  {
    http: 'GET',
    path: new RegExp(`^(${CLUSTER})$`),
    method: 'getCluster',
    permission: 'alloydb.clusters.get',
    rpc: 'GetCluster',
  },
  {
    http: 'GET',
    path: new RegExp(`^(${LOCATION})/clusters$`),
    method: 'listClusters',
    permission: 'alloydb.clusters.list',
    rpc: 'ListClusters',
  },
  {
    http: 'GET',
    path: new RegExp(`^(${CLUSTER})/instances$`),
    method: 'listInstances',
    permission: 'alloydb.instances.list',
    rpc: 'ListInstances',
  },
];

/** `path` is the decoded path of the URL. Undefined when the Admin API has no such call. */
export function readRoute(httpMethod: string, path: string): ApiCall | undefined {
  const [, version, rest] = /^\/(v1|v1beta|v1alpha)\/(.*)$/.exec(path) ?? [];
  if (version === undefined || rest === undefined) return undefined;
  for (const { http, path: pattern, method, permission, rpc } of ROWS) {
    const resource = http === httpMethod ? pattern.exec(rest)?.[1] : undefined;
    if (resource === undefined) continue;
    const name = { service: 'alloydb.googleapis.com', method: `google.cloud.alloydb.${version}.AlloyDBAdmin.${rpc}` };
    return { method, version: version as ApiVersion, resource, permission, rpc: name };
  }
  return undefined;
}
