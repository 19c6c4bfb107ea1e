// The Admin API as a service of the HTTP server: counts each call, and lets it go wrong when that was ordered.

import { answerWithFault } from '../faults/http-fault.ts';
import type { ApiFault } from '../faults/fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type Answer, json } from '../http/answer.ts';
import { parseJson } from '../http/body.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import { bearerOf, quotaProjectOf, verifyBearer } from '../iam/caller.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { type AdminApiParts, answerCall } from './admin-api.ts';
import { ApiError, errorInfo, retryInfo } from '../http/api-error.ts';
import { type ApiCall, readRoute } from './route.ts';

export interface AdminServiceParts extends AdminApiParts {
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
}

export class AdminService implements HttpService {
  readonly #parts: AdminServiceParts;

  constructor(parts: AdminServiceParts) {
    this.#parts = parts;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    const call = readRoute(request.method, request.path);
    if (call === undefined) return undefined;
    const { method, resource } = call;
    this.#count(call, request);
    const fault = this.#parts.faults.take('api', { method, resource });
    if (fault?.kind === 'api-error') throw orderedError(fault);
    return answerWithFault(fault, async () => {
      const { query, headers, text } = request;
      const readJson = async (): Promise<unknown> => parseJson(await text());
      return json(200, await answerCall({ call, headers, query, json: readJson }, this.#parts));
    });
  }

  #count({ method, resource }: ApiCall, { headers }: HttpRequest): void {
    const { statistics, iam } = this.#parts;
    const verdict = verifyBearer(bearerOf(headers) ?? '', iam);
    statistics.countApiCall({
      method,
      resource,
      principal: verdict.is === 'valid' ? verdict.token.principal : undefined,
      userAgent: headers['user-agent'],
      quotaProject: quotaProjectOf(headers),
    });
  }
}

function orderedError(fault: Extract<ApiFault, { kind: 'api-error' }>): ApiError {
  const { reason, metadata = { service: 'alloydb.googleapis.com' }, retryDelaySeconds, retryAfterSeconds } = fault;
  const details = [
    ...(reason === undefined ? [] : [errorInfo(reason, 'googleapis.com', metadata)]),
    ...(retryDelaySeconds === undefined ? [] : [retryInfo(retryDelaySeconds)]),
  ];
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new ApiError(fault.status, fault.message ?? 'Ordered by a fault.', details, { headers });
}
