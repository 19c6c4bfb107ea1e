// The calls of the Admin API.

import type { Instance } from '../instance.ts';
import { admitCaller, type CallHeaders, type Iam } from '../iam/caller.ts';
import type { ClusterAuthority } from '../pki/cluster-authority.ts';
import { ApiError, notFound, permissionDenied } from '../http/api-error.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { clusterView, connectionInfo, instanceView } from './instance-view.ts';
import { conditionOf, listClusters, listInstances, type ListParts } from './list-calls.ts';
import type { Operations } from './operations.ts';
import type { ApiCall } from './route.ts';
import { readInstanceChange } from './update-instance.ts';

export interface AdminApiParts extends ListParts {
  /** By cluster name. */
  readonly authorities: ReadonlyMap<string, ClusterAuthority>;
  readonly iam: Iam;
  readonly operations: Operations;
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
    case 'getInstance': {
      const instance = findInstance(call.resource, parts);
      return instanceView(instance, conditionOf(instance, parts));
    }
    case 'updateInstance': {
      const instance = findInstance(call.resource, parts);
      const change = readInstanceChange(await request.json(), request.query);
      // With validateOnly the change is judged, and that is all.
      if (request.query.get('validateOnly') !== 'true') parts.rules.change(call.resource, change);
      return parts.operations.finish({
        call,
        verb: 'update',
        kind: 'Instance',
        response: instanceView(instance, conditionOf(instance, parts)),
      });
    }
    case 'getOperation': {
      const operation = parts.operations.find(call.resource);
      if (operation === undefined) throw notFound(call.resource);
      return operation;
    }
    case 'getCluster': {
      const members = parts.instances.filter(({ name }) => name.clusterName === call.resource);
      if (members.length === 0) throw notFound(call.resource);
      return clusterView(members);
    }
    case 'listClusters':
      return listClusters({ parent: call.resource, query: request.query }, parts);
    case 'listInstances':
      return listInstances({ parent: call.resource, query: request.query }, parts);
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
