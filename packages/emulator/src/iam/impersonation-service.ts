// The IAM Credentials API as a service of the HTTP server.

import { ApiError, errorInfo } from '../http/api-error.ts';
import { answerWithFault } from '../faults/http-fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type Answer, json } from '../http/answer.ts';
import { parseJson } from '../http/body.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { generateAccessToken, type GenerateAccessTokenParts } from './generate-access-token.ts';

export interface ImpersonationServiceParts extends GenerateAccessTokenParts {
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
}

export class ImpersonationService implements HttpService {
  readonly #parts: ImpersonationServiceParts;

  constructor(parts: ImpersonationServiceParts) {
    this.#parts = parts;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    const target = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.path)?.[1];
    if (target === undefined || request.method !== 'POST') return undefined;
    const { faults, statistics } = this.#parts;
    statistics.countTokenRequest('impersonation');
    const fault = faults.take('token', { grant: 'impersonation' });
    if (fault?.kind === 'token-error') {
      const info = errorInfo(fault.error, 'iam.googleapis.com');
      throw new ApiError(fault.status ?? 400, fault.description, [info]);
    }
    return answerWithFault(fault, async () => {
      const body = parseJson(await request.text());
      return json(200, generateAccessToken({ target, headers: request.headers, body }, this.#parts));
    });
  }
}
