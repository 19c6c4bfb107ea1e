// Calls to the APIs around AlloyDB (IAM, Resource Manager, Service Usage, the Admin API's lists) with a connector's credentials.

import { type ApiErrorBody, readApiError } from '../admin-api/api-error.ts';
import { isJsonObject, type JsonObject } from '../credentials/credential-fields.ts';
import type { Token } from '../credentials/token-source.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpResponse } from '../http/http-client.ts';
import { type ConnectorOptions, type ResolvedOptions, resolveOptions } from '../options.ts';
import { callHeaders, cloudPlatformScope, encodePath, sendAuthorised } from './authorised.ts';
import { endpointOf, type GoogleService } from './endpoints.ts';

export interface GoogleApiCall {
  readonly service: GoogleService;
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  /** With the version, as in `v3/projects/P:getIamPolicy`; encoded where needed. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** Limit for the whole call, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** Whatever an API answered. `date` is the server's clock, in milliseconds since the epoch, where it says. */
export type GoogleApiAnswer =
  | { readonly is: 'ok'; readonly value: JsonObject; readonly date: number | undefined }
  | { readonly is: 'refused'; readonly error: ApiErrorBody; readonly date: number | undefined };

const callLimitMs = 30_000;

/** One identity and the APIs that it may call. Close it when done: requests and commands under way end. */
export class GoogleApis implements Disposable {
  readonly #options: ResolvedOptions;

  /**
   * @param resolved the same, read already: for whoever needs them for more than these calls.
   * @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`, as the Connector.
   */
  constructor(options: ConnectorOptions = {}, resolved: ResolvedOptions = resolveOptions(options)) {
    this.#options = resolved;
  }

  /** Root of an API, without a slash at its end. */
  endpoint(service: GoogleService): string {
    const { adminApiEndpoint, credentials, env, emulator } = this.#options;
    if (service === 'alloydb') return adminApiEndpoint;
    return endpointOf(service, { universeDomain: credentials.universeDomain(), env, emulator });
  }

  /** Whom the tokens are for, as far as that is known so far: an e-mail address. */
  principal(): string | undefined {
    return this.#options.credentials.principal();
  }

  quotaProject(): string | undefined {
    return this.#options.credentials.quotaProject();
  }

  /** The project to work in, for whoever names none; undefined when nothing says. @throws {ConnectorError} without a token. */
  async project(signal: AbortSignal): Promise<string | undefined> {
    const { credentials } = this.#options;
    // Some credentials know it only once they have given a token.
    await credentials.api.token(cloudPlatformScope, signal);
    return credentials.project(signal);
  }

  universeDomain(): string {
    return this.#options.credentials.universeDomain();
  }

  /** @throws {ConnectorError} `CREDENTIALS_*` or `TOKEN_*`. */
  token(scope: string, signal: AbortSignal): Promise<Token> {
    return this.#options.credentials.api.token(scope, signal);
  }

  /**
   * Makes one call. Nothing is repeated but a call whose token was refused.
   *
   * @throws {ConnectorError} `CREDENTIALS_*` or `TOKEN_*` without a token, `ADMIN_API_UNREACHABLE` without an answer,
   * `ADMIN_API_BAD_REPLY` for one that is no JSON object; the signal's reason when it was aborted.
   */
  async call(call: GoogleApiCall): Promise<GoogleApiAnswer> {
    const { credentials } = this.#options;
    const authorisation = { tokens: credentials.api, dropToken: (token: string) => credentials.drop(token) };
    const response = await sendAuthorised((token) => this.#send(call, token), authorisation, call.signal);
    const date = readDate(response);
    if (response.status !== 200) return { is: 'refused', error: readApiError(response), date };
    return { is: 'ok', value: this.#readBody(call, response), date };
  }

  close(): void {
    this.#options.credentials.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #send(call: GoogleApiCall, token: string): Promise<HttpResponse> {
    const { http, userAgent } = this.#options;
    const { method = 'GET', service, path, query = {}, body, timeoutMs = callLimitMs, signal } = call;
    const url = new URL(`${this.endpoint(service)}/${encodePath(path)}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    try {
      return await http({
        method,
        url,
        timeoutMs,
        signal,
        headers: callHeaders({ token, userAgent, quotaProject: this.quotaProject() }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConnectorError) throw error;
      throw new ConnectorError('ADMIN_API_UNREACHABLE', `Cannot reach ${url.host}: ${reasonOf(error)}`, {
        cause: error,
        hint: `check that this machine can open connections to ${url.host}`,
      });
    }
  }

  #readBody({ service }: GoogleApiCall, { body }: HttpResponse): JsonObject {
    try {
      const value: unknown = body === '' ? {} : JSON.parse(body);
      if (isJsonObject(value)) return value;
    } catch {
      // A page of some server on the way.
    }
    const endpoint = this.endpoint(service);
    throw new ConnectorError('ADMIN_API_BAD_REPLY', `Cannot read the answer of ${endpoint}: it is no JSON object`, {
      hint: `check that ${endpoint} is the API, and not a proxy or a login page on the way`,
    });
  }
}

function readDate({ headers: { date } }: HttpResponse): number | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : time;
}
