// One of Google's REST APIs as a service of the HTTP server, made of a table of its calls.

import { type Answer, json } from '../http/answer.ts';
import type { Rpc } from '../http/api-error.ts';
import { parseJson } from '../http/body.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import { admitCaller, type Iam } from './caller.ts';

export interface RestCall {
  readonly principal: string;
  /** Decoded. */
  readonly path: string;
  /** What the groups of the path have matched, the project first; empty for a group that is not there. */
  readonly names: readonly string[];
  readonly query: URLSearchParams;
  /** The fields of the body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** URL of the HTTP server. */
  readonly endpoint: string;
}

export interface RestRow<Parts> {
  readonly http: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: RegExp;
  /** Full name of the gRPC method. */
  readonly rpc: string;
  /** Returns the body of the answer. @throws ApiError */
  readonly run: (call: RestCall, parts: Parts) => unknown;
}

export interface RestApi<Parts> {
  /** Such as `iam.googleapis.com`. */
  readonly service: string;
  readonly rows: readonly RestRow<Parts>[];
}

export class RestService<Parts extends { readonly iam: Iam }> implements HttpService {
  readonly #api: RestApi<Parts>;
  readonly #parts: Parts;

  constructor(api: RestApi<Parts>, parts: Parts) {
    this.#api = api;
    this.#parts = parts;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    for (const row of this.#api.rows) {
      const match = row.http === request.method ? row.path.exec(request.path) : null;
      if (match === null) continue;
      const names = match.slice(1).map((name: string | undefined) => name ?? '');
      const rpc: Rpc = { service: this.#api.service, method: row.rpc };
      const principal = admitCaller({ headers: request.headers, rpc, project: names[0] }, this.#parts.iam);
      const { query, endpoint } = request;
      const body = request.method === 'GET' ? {} : fieldsOf(parseJson(await request.text()));
      return json(200, await row.run({ principal, path: request.path, names, query, body, endpoint }, this.#parts));
    }
    return undefined;
  }
}

/** An object's fields; none for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
