// Each gRPC method of the Admin API, and the REST call that it is another form of.

import { durationText, type GrpcVersion } from './admin-proto.ts';

/** A decoded request message, its fields in camel case. */
export type Fields = Readonly<Record<string, unknown>>;

export interface RestCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface RpcRow {
  readonly request: string;
  readonly response: string;
  /** Its path is the one below the version. */
  readonly rest: (fields: Fields) => RestCall;
}

export const RPCS: Readonly<Record<string, RpcRow>> = {
  GetConnectionInfo: {
    request: 'GetConnectionInfoRequest',
    response: 'ConnectionInfo',
    rest: ({ parent }) => get(`${text(parent)}/connectionInfo`),
  },
  GenerateClientCertificate: {
    request: 'GenerateClientCertificateRequest',
    response: 'GenerateClientCertificateResponse',
    rest: ({ certDuration, ...fields }) => {
      const duration = durationText(certDuration);
      return {
        method: 'POST',
        path: `${text(fields['parent'])}:generateClientCertificate`,
        query: new URLSearchParams(),
        body: JSON.stringify({ ...fields, ...(duration === undefined ? {} : { certDuration: duration }) }),
      };
    },
  },
  GetInstance: { request: 'GetInstanceRequest', response: 'Instance', rest: ({ name }) => get(text(name)) },
  ListInstances: {
    request: 'ListInstancesRequest',
    response: 'ListInstancesResponse',
    rest: (fields) => list('instances', fields),
  },
  GetCluster: { request: 'GetClusterRequest', response: 'Cluster', rest: ({ name }) => get(text(name)) },
  ListClusters: {
    request: 'ListClustersRequest',
    response: 'ListClustersResponse',
    rest: (fields) => list('clusters', fields),
  },
};

/** The REST call, its path as HTTP has it. */
export function restCall({ rest }: RpcRow, version: GrpcVersion, fields: Fields): RestCall {
  const call = rest(fields);
  return { ...call, path: `/${version}/${call.path}` };
}

function get(path: string): RestCall {
  return { method: 'GET', path, query: new URLSearchParams(), body: '' };
}

function list(collection: string, { parent, pageSize, pageToken }: Fields): RestCall {
  const query = new URLSearchParams();
  if (typeof pageSize === 'number' && pageSize !== 0) query.set('pageSize', String(pageSize));
  if (text(pageToken) !== '') query.set('pageToken', text(pageToken));
  return { ...get(`${text(parent)}/${collection}`), query };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
