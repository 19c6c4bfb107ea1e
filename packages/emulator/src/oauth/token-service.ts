// The token endpoints as a service of the HTTP server: counts each request, and lets it go wrong when that was ordered.

import { answerWithFault } from '../faults/http-fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type Answer, json, type Reply } from '../http/answer.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { OAuthError } from './oauth-error.ts';
import {
  grantToken,
  grantTypesAt,
  type GrantType,
  type TokenEndpointParts,
  type TokenRequest,
} from './token-endpoint.ts';

export interface TokenServiceParts extends TokenEndpointParts {
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
}

export class TokenService implements HttpService {
  readonly #parts: TokenServiceParts;

  constructor(parts: TokenServiceParts) {
    this.#parts = parts;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    const types = request.method === 'POST' ? grantTypesAt(request.path) : undefined;
    if (types === undefined) return undefined;
    const { faults, statistics } = this.#parts;
    const form = new URLSearchParams(await request.text());
    const type = types.get(form.get('grant_type') ?? '');
    statistics.countTokenRequest(type?.name ?? 'unknown');
    const fault = faults.take('token', type === undefined ? {} : { grant: type.name });
    if (fault?.kind === 'token-error') {
      const { error, description, status = 400, subtype } = fault;
      const body = { error, error_description: description };
      return json(status, subtype === undefined ? body : { ...body, error_subtype: subtype });
    }
    const tokenUri = `${request.endpoint}${request.path}`;
    const tokenRequest = { form, client: clientOf(request.headers.authorization), tokenUri };
    return answerWithFault(fault, async () => this.#grant(type, tokenRequest));
  }

  #grant(type: GrantType | undefined, request: TokenRequest): Reply {
    try {
      return json(200, grantToken(type, request, this.#parts));
    } catch (error) {
      if (error instanceof OAuthError) return json(error.httpStatus, error.body);
      throw error;
    }
  }
}

function clientOf(authorization: string | undefined): TokenRequest['client'] {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id, secret: secret.join(':') };
}
