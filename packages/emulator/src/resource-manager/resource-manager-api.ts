// The Resource Manager API, as far as a project's policy is concerned.

import { ApiError, errorInfo } from '../http/api-error.ts';
import type { Iam } from '../iam/caller.ts';
import type { Permission } from '../iam/permissions.ts';
import { getIamPolicy, setIamPolicy, testIamPermissions } from '../iam/policy-calls.ts';
import type { RestApi, RestCall, RestRow } from '../iam/rest-service.ts';
import type { Project } from '../projects.ts';

export interface ResourceManagerParts {
  readonly iam: Iam;
}

type Row = RestRow<ResourceManagerParts>;

export const RESOURCE_MANAGER_API: RestApi<ResourceManagerParts> = {
  service: 'cloudresourcemanager.googleapis.com',
  // gcloud still speaks version 1.
  rows: (['v1', 'v3'] as const).flatMap((version): Row[] => {
    const rpc = (name: string): string => `google.cloud.resourcemanager.${version}.Projects.${name}`;
    return [
      {
        http: 'GET',
        path: new RegExp(`^/${version}/projects/([^/]+)$`),
        rpc: rpc('GetProject'),
        run: (call, parts) => {
          const { id, number } = projectOf(call, 'resourcemanager.projects.get', parts);
          return version === 'v1'
            ? { projectNumber: number, projectId: id, lifecycleState: 'ACTIVE', name: id }
            : { name: `projects/${number}`, projectId: id, displayName: id, state: 'ACTIVE' };
        },
      },
      {
        http: 'POST',
        path: new RegExp(`^/${version}/projects/([^/]+):getIamPolicy$`),
        rpc: rpc('GetIamPolicy'),
        run: (call, { iam }) =>
          getIamPolicy(nameOf(projectOf(call, 'resourcemanager.projects.getIamPolicy', { iam })), call, iam),
      },
      {
        http: 'POST',
        path: new RegExp(`^/${version}/projects/([^/]+):setIamPolicy$`),
        rpc: rpc('SetIamPolicy'),
        run: (call, { iam }) =>
          setIamPolicy(nameOf(projectOf(call, 'resourcemanager.projects.setIamPolicy', { iam })), call, iam),
      },
      {
        http: 'POST',
        path: new RegExp(`^/${version}/projects/([^/]+):testIamPermissions$`),
        rpc: rpc('TestIamPermissions'),
        run: (call, { iam }) => {
          const project = iam.projects.find(call.names[0] ?? '');
          // What is not there gives no permission, and no error either.
          return project === undefined ? {} : testIamPermissions(nameOf(project), call, iam);
        },
      },
    ];
  }),
};

function nameOf({ id }: Project): string {
  return `projects/${id}`;
}

/** The project of the path. @throws ApiError 403 also when there is none: that is nobody's business either. */
function projectOf({ principal, names }: RestCall, permission: Permission, { iam }: ResourceManagerParts): Project {
  const [name = ''] = names;
  const project = iam.projects.find(name);
  if (project !== undefined && iam.policy.allows(principal, permission, nameOf(project))) return project;
  const message =
    permission === 'resourcemanager.projects.setIamPolicy'
      ? 'Policy update access denied.'
      : `Permission '${permission}' denied on resource '//cloudresourcemanager.googleapis.com/projects/${name}' (or it may not exist).`;
  throw new ApiError(403, message, [
    errorInfo('IAM_PERMISSION_DENIED', 'cloudresourcemanager.googleapis.com', {
      permission,
      resource: `projects/${name}`,
    }),
  ]);
}
