// The calls of the Admin API.

import type { Cluster } from '../cluster.ts';
import type { Instance } from '../instance.ts';
import { admitCaller, type CallHeaders } from '../iam/caller.ts';
import { ApiError, notFound, permissionDenied } from '../http/api-error.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { clusterView, connectionInfo, instanceView } from './instance-view.ts';
import { listClusters, listInstances, type ListParts } from './list-calls.ts';
import type { ManagingParts } from './managing-call.ts';
import type { ApiCall } from './route.ts';
import { updateInstance } from './update-instance.ts';

export interface AdminApiParts extends ListParts, ManagingParts {
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
  const [, project, , location = ''] = call.resource.split('/');
  const principal = admitCaller({ headers, rpc: call.rpc, project }, parts.iam);
  if (!parts.iam.policy.allows(principal, call.permission, call.resource)) {
    throw permissionDenied(call.permission, call.resource);
  }
  if (parts.states.unreachable.includes(location)) {
    // The text is unverified.
    throw new ApiError(503, `The service is currently unavailable in location '${location}'.`);
  }
  switch (call.method) {
    case 'connectionInfo':
      return connectionInfo(findInstance(call.resource, parts), call.version);
    case 'getInstance':
      return instanceView(findInstance(call.resource, parts), parts.states.of(call.resource));
    case 'updateInstance': {
      findInstance(call.resource, parts);
      const { resource, version } = call;
      const update = { query: request.query, body: await request.json(), location: locationOf(resource) };
      return updateInstance({ ...update, resource, version }, parts);
    }
    case 'getOperation': {
      const operation = parts.operations.find(call.resource);
      if (operation === undefined) throw notFound(call.resource);
      return operation;
    }
    case 'getCluster':
      return clusterView(findCluster(call.resource, parts), parts.fleet);
    case 'listClusters':
      return listClusters({ parent: call.resource, query: request.query }, parts);
    case 'listInstances':
      return listInstances({ parent: call.resource, query: request.query }, parts);
    case 'generateClientCertificate': {
      const { authority } = findCluster(call.resource, parts);
      const wanted = readCertificateRequest(await request.json(), call.resource);
      return authority.issueClient({ ...wanted, lifeMs: parts.clientCertificateLifeMs ?? wanted.lifeMs });
    }
  }
}

/** `projects/P/locations/L` */
function locationOf(resource: string): string {
  return resource.split('/').slice(0, 4).join('/');
}

function findInstance(uri: string, parts: AdminApiParts): Instance {
  const instance = parts.fleet.instances.find(({ name }) => name.uri === uri);
  if (instance === undefined) throw notFound(uri);
  return instance;
}

function findCluster(clusterName: string, parts: AdminApiParts): Cluster {
  const cluster = parts.fleet.clusters.find(({ name }) => name.clusterName === clusterName);
  if (cluster === undefined) throw notFound(clusterName);
  return cluster;
}
