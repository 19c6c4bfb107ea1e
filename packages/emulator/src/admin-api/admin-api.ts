// The calls of the Admin API.

import type { Instance } from '../instance.ts';
import { admitCaller, type CallHeaders, type Iam } from '../iam/caller.ts';
import type { ClusterAuthority } from '../pki/cluster-authority.ts';
import { invalidArgument, notFound, permissionDenied } from '../http/api-error.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { connectionInfo, instanceView, isBelow } from './instance-view.ts';
import type { ApiCall } from './route.ts';

export interface AdminApiParts {
  readonly instances: readonly Instance[];
  /** By cluster name. */
  readonly authorities: ReadonlyMap<string, ClusterAuthority>;
  readonly iam: Iam;
  /** Overrides what callers ask for. */
  readonly clientCertificateLifeMs: number | undefined;
}

export interface ApiRequest {
  readonly call: ApiCall;
  readonly headers: CallHeaders;
  readonly query: URLSearchParams;
  /** Reads and parses the body, for the calls that have one. */
  readonly json: () => Promise<unknown>;
}

/** Returns the body of the answer. @throws ApiError; as at Google, 401 and 403 come before 404. */
export async function answerCall(request: ApiRequest, parts: AdminApiParts): Promise<unknown> {
  const { call, headers } = request;
  const [, project] = call.resource.split('/');
  const principal = admitCaller({ headers, rpc: call.rpc, project }, parts.iam);
  if (!parts.iam.policy.allows(principal, call.permission, call.resource)) {
    throw permissionDenied(call.permission, call.resource);
  }
  switch (call.method) {
    case 'connectionInfo':
      return connectionInfo(findInstance(call.resource, parts), call.version);
    case 'getInstance':
      return instanceView(findInstance(call.resource, parts));
    case 'listInstances':
      return listInstances(call.resource, request.query, parts);
    case 'generateClientCertificate': {
      const authority = parts.authorities.get(call.resource);
      if (authority === undefined) throw notFound(call.resource);
      const wanted = readCertificateRequest(await request.json(), call.resource);
      return authority.issueClient({ ...wanted, lifeMs: parts.clientCertificateLifeMs ?? wanted.lifeMs });
    }
  }
}

function findInstance(uri: string, parts: AdminApiParts): Instance {
  const instance = parts.instances.find(({ name }) => name.uri === uri);
  if (instance === undefined) throw notFound(uri);
  return instance;
}

function listInstances(parent: string, query: URLSearchParams, parts: AdminApiParts): unknown {
  const size = Number(query.get('pageSize') ?? 0);
  const start = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(size) || size < 0)
    throw invalidArgument({ field: 'pageSize', description: 'Not a page size.' });
  if (!Number.isInteger(start) || start < 0)
    throw invalidArgument({ field: 'pageToken', description: 'Not a page token.' });
  const all = parts.instances.filter((instance) => isBelow(instance, parent));
  const end = size === 0 ? all.length : start + size;
  return {
    instances: all.slice(start, end).map(instanceView),
    ...(end < all.length ? { nextPageToken: String(end) } : {}),
  };
}
