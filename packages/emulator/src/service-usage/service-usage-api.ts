// The Service Usage API: which of Google's APIs are switched on in a project.

import { randomUUID } from 'node:crypto';
import { ApiError, errorInfo } from '../http/api-error.ts';
import type { Iam } from '../iam/caller.ts';
import type { Permission } from '../iam/permissions.ts';
import type { RestApi, RestCall } from '../iam/rest-service.ts';
import { isServiceName, type Project, type Projects, type ServiceName, titleOf } from '../projects.ts';

export interface ServiceUsageParts {
  readonly iam: Iam;
}

interface Target {
  readonly project: Project;
  readonly service: ServiceName;
}

const SERVICE = '^/v1/projects/([^/]+)/services/([^/:]+)';
const RPC = 'google.api.serviceusage.v1.ServiceUsage';
const TYPES = 'type.googleapis.com/google.api.serviceusage.v1';

export const SERVICE_USAGE_API: RestApi<ServiceUsageParts> = {
  service: 'serviceusage.googleapis.com',
  rows: [
    {
      http: 'GET',
      path: new RegExp(`${SERVICE}$`),
      rpc: `${RPC}.GetService`,
      run: (call, { iam }) => view(target(call, 'get', iam), iam.projects),
    },
    {
      http: 'POST',
      path: new RegExp(`${SERVICE}:enable$`),
      rpc: `${RPC}.EnableService`,
      run: (call, { iam }) => {
        const wanted = target(call, 'enable', iam);
        const before = iam.projects.stateOf(wanted.project, wanted.service);
        iam.projects.setState(wanted.project, wanted.service, 'ENABLED');
        const response = { '@type': `${TYPES}.EnableServiceResponse`, service: view(wanted, iam.projects) };
        return operation(before === 'ENABLED' ? 'noop.DONE_OPERATION' : `acat.${randomUUID()}`, response);
      },
    },
    {
      http: 'POST',
      path: new RegExp(`${SERVICE}:disable$`),
      rpc: `${RPC}.DisableService`,
      run: (call, { iam }) => {
        const wanted = target(call, 'disable', iam);
        iam.projects.setState(wanted.project, wanted.service, 'DISABLED');
        const response = { '@type': `${TYPES}.DisableServiceResponse`, service: view(wanted, iam.projects) };
        return operation(`acat.${randomUUID()}`, response);
      },
    },
  ],
};

/** Everything takes effect at once, so that nobody has to ask when an operation is done. */
function operation(name: string, response: unknown): Readonly<Record<string, unknown>> {
  return { name: `operations/${name}`, done: true, response };
}

function view({ project, service }: Target, projects: Projects): Readonly<Record<string, unknown>> {
  const parent = `projects/${project.number}`;
  return {
    name: `${parent}/services/${service}`,
    config: { name: service, title: titleOf(service) },
    state: projects.stateOf(project, service),
    parent,
  };
}

/** @throws ApiError 403, for services that nobody knows as well. */
function target({ principal, names }: RestCall, verb: 'get' | 'enable' | 'disable', iam: Iam): Target {
  const [projectName = '', service = ''] = names;
  const project = iam.projects.find(projectName);
  const permission: Permission = `serviceusage.services.${verb}`;
  if (project === undefined || !iam.policy.allows(principal, permission, `projects/${project.id}`)) {
    throw new ApiError(403, `Permission denied to ${verb} service [${service}]`, [
      errorInfo('AUTH_PERMISSION_DENIED', 'serviceusage.googleapis.com', { permission }),
    ]);
  }
  if (isServiceName(service)) return { project, service };
  throw new ApiError(403, `Not found or permission denied for service(s): ${service}.`, [
    errorInfo('SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED', 'serviceusage.googleapis.com', { services: service }),
  ]);
}
