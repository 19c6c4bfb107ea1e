// What every call that manages clusters, instances and users begins with: the permission, the region, and errors in Google's form.

import { EmulatorError } from '../emulator-error.ts';
import type { Fleet, Work } from '../fleet.ts';
import { ApiError, invalidArgument, permissionDenied } from '../http/api-error.ts';
import type { Iam } from '../iam/caller.ts';
import type { Permission } from '../iam/permissions.ts';
import type { RestCall, RestRow } from '../iam/rest-service.ts';
import type { InstanceStates } from '../instance-states.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import type { IamControls } from '../iam/iam-controls.ts';
import type { OperationOrder, Operations } from './operations.ts';
import type { ApiVersion } from './route.ts';

export interface ManagingParts {
  readonly iam: Iam;
  readonly iamControls: IamControls;
  readonly fleet: Fleet;
  readonly states: InstanceStates;
  readonly users: DatabaseUsers;
  readonly operations: Operations;
}

export interface ManagingCall extends RestCall {
  readonly version: ApiVersion;
  /** `projects/P/locations/L` */
  readonly location: string;
  /** `projects/P/locations/L/clusters/C`, where the path goes that far. */
  readonly cluster: string;
  /** What the path names last: an instance, a user, an operation. */
  readonly resource: string;
}

/** As much of a call as its operation needs. */
export type BegunCall = Pick<ManagingCall, 'query' | 'body' | 'resource' | 'location' | 'version'>;

export interface ManagingRow {
  readonly http: RestRow<ManagingParts>['http'];
  /** Behind `projects/P/locations/L`; the first group is the cluster, the second what is in it. */
  readonly path: string;
  readonly rpc: string;
  readonly permission: Permission;
  readonly run: (call: ManagingCall, parts: ManagingParts) => unknown;
}

export function restRow(row: ManagingRow, version: ApiVersion): RestRow<ManagingParts> {
  return {
    http: row.http,
    path: new RegExp(`^/${version}/projects/([^/]+)/locations/([^/]+)${row.path}$`),
    rpc: `google.cloud.alloydb.${version}.AlloyDBAdmin.${row.rpc}`,
    run: async (call, parts) => {
      const [project = '', region = '', cluster = ''] = call.names;
      const location = `projects/${project}/locations/${region}`;
      const resource = call.path.replace(`/${version}/`, '').replace(/:[a-z]+$/i, '');
      const { policy } = parts.iam;
      if (!policy.allows(call.principal, row.permission, resource)) throw permissionDenied(row.permission, resource);
      if (parts.states.unreachable.includes(region)) {
        // The text is unverified.
        throw new ApiError(503, `The service is currently unavailable in location '${region}'.`);
      }
      try {
        const named = { location, cluster: `${location}/clusters/${cluster}`, resource, version };
        return await row.run({ ...call, ...named }, parts);
      } catch (error) {
        throw error instanceof EmulatorError ? apiErrorOf(error) : error;
      }
    },
  };
}

/** The texts are the emulator's own. */
function apiErrorOf({ code, message, hint }: EmulatorError): ApiError {
  const text = hint === undefined ? message : `${message}; ${hint}`;
  if (code === 'UNKNOWN_INSTANCE' || code === 'UNKNOWN_USER') return new ApiError(404, message);
  if (code === 'ALREADY_EXISTS') return new ApiError(409, text, [], { status: 'ALREADY_EXISTS' });
  if (code === 'NOT_POSSIBLE' || code === 'DATABASE_REFUSED') {
    return new ApiError(400, text, [], { status: 'FAILED_PRECONDITION' });
  }
  return new ApiError(400, text);
}

export interface Begun {
  readonly verb: OperationOrder['verb'];
  /** Default: what the path names. */
  readonly target?: string;
  readonly work: Work<unknown>;
  /** What the response shows once it is done: its kind and fields; nothing for a deletion. */
  readonly response?: () => { readonly kind: 'Cluster' | 'Instance'; readonly view: Readonly<Record<string, unknown>> };
}

/** The operation that does it; with `validateOnly` nothing is done, and the call has only been checked. */
export function begin(call: BegunCall, parts: ManagingParts, begun: Begun): unknown {
  const validateOnly = call.query.get('validateOnly') === 'true' || call.body['validateOnly'] === true;
  const { verb, target = call.resource, work, response } = begun;
  const { location, version } = call;
  return parts.operations.start({
    location,
    target,
    verb,
    version,
    work: async () => {
      if (!validateOnly) await work();
      if (validateOnly || response === undefined) return { '@type': 'type.googleapis.com/google.protobuf.Empty' };
      const { kind, view } = response();
      return { '@type': `type.googleapis.com/google.cloud.alloydb.${version}.${kind}`, ...view };
    },
  });
}

/** The ID of what is to be created, from the query. @throws ApiError 400 */
export function newId(call: ManagingCall, parameter: string): string {
  const id = call.query.get(parameter) ?? '';
  if (/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) return id;
  throw invalidArgument({
    field: parameter,
    description: `The ID "${id}" must be 1 to 63 lower-case letters, digits and hyphens, and begin with a letter.`,
  });
}
