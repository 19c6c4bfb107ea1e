// Puts the services of the HTTP server together.

import type { AdminApiParts } from './admin-api/admin-api.ts';
import { managingApi } from './admin-api/managing-api.ts';
import type { ManagingParts } from './admin-api/managing-call.ts';
import { AdminService } from './admin-api/admin-service.ts';
import { ControlService } from './control-api/control-service.ts';
import type { Controls } from './control-api/controls.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import type { HttpService } from './http/service.ts';
import { IAM_ADMIN_API } from './iam-admin/iam-admin-api.ts';
import { ImpersonationService } from './iam/impersonation-service.ts';
import { RestService } from './iam/rest-service.ts';
import { MetadataService } from './metadata-server/metadata-service.ts';
import type { TokenEndpointParts } from './oauth/token-endpoint.ts';
import { TokenService } from './oauth/token-service.ts';
import type { MetadataServerOptions } from './options.ts';
import { RESOURCE_MANAGER_API } from './resource-manager/resource-manager-api.ts';
import { SERVICE_USAGE_API } from './service-usage/service-usage-api.ts';
import type { StatisticsCounter } from './statistics.ts';

export interface ServicesParts extends AdminApiParts, ManagingParts, TokenEndpointParts {
  readonly metadataServer: Required<MetadataServerOptions>;
  readonly controls: Controls;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
}

export function createServices(parts: ServicesParts): readonly HttpService[] {
  return [
    new AdminService(parts),
    ...(['v1', 'v1beta', 'v1alpha'] as const).map((version) => new RestService(managingApi(version), parts)),
    new TokenService(parts),
    new ImpersonationService(parts),
    new RestService(IAM_ADMIN_API, parts),
    new RestService(RESOURCE_MANAGER_API, parts),
    new RestService(SERVICE_USAGE_API, parts),
    new MetadataService({ ...parts, ...parts.metadataServer }),
    new ControlService(parts.controls),
  ];
}
