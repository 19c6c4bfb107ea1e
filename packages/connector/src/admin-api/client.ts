// The two calls of the AlloyDB Admin API that a connector makes.

import type { TokenSource } from '../credentials/token-source.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import { callHeaders, encodePath, sendAuthorised } from '../google-apis/authorised.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import { formatClusterUri, formatInstanceUri, type InstanceUri } from '../instance/uri.ts';
import type { Clock } from '../refresh/clock.ts';
import { AdminApiError, adminApiCode, readApiError } from './api-error.ts';
import { hintFor } from './hints.ts';
import { retryUnavailable } from './retry.ts';
import {
  type CertificateReply,
  type ConnectionInfoReply,
  readCertificateReply,
  readConnectionInfoReply,
} from './schema.ts';

export interface AdminApiOptions {
  /** Root of the API, as in `https://alloydb.googleapis.com`. */
  readonly endpoint: string;
  readonly userAgent: string;
  /** Life to ask for in a certificate, in milliseconds; a hint to the API. */
  readonly certificateDurationMs: number;
  /** Project that the calls are charged to, when one was chosen. */
  readonly quotaProject: () => string | undefined;
  /** Whom the tokens are for, as far as that is known: hints name it. */
  readonly principal: () => string | undefined;
  readonly tokens: TokenSource;
  /** Told of each token that the API refused, so that the next one is another. */
  readonly dropToken?: ((token: string) => void) | undefined;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Call {
  /** Completes "Cannot …" in an error message. */
  readonly action: string;
  readonly instance: InstanceUri;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The resource that the request is routed by (header x-goog-request-params). */
  readonly parent: string;
  readonly body?: object;
}

// v1 does not have the PSC name in its connectionInfo.
const version = 'v1alpha';
// Documented limit of one call to either method.
const callLimitMs = 60_000;

export class AdminApiClient {
  readonly #options: AdminApiOptions;

  constructor(options: AdminApiOptions) {
    this.#options = options;
  }

  /** Where the instance can be reached. */
  connectionInfo(instance: InstanceUri, signal: AbortSignal): Promise<ConnectionInfoReply> {
    const uri = formatInstanceUri(instance);
    return this.#call(
      { action: 'get connection info of', instance, method: 'GET', path: `${uri}/connectionInfo`, parent: uri },
      readConnectionInfoReply,
      signal,
    );
  }

  /** A client certificate for the public key (PEM), together with the authority that signs the server's. */
  generateClientCertificate(instance: InstanceUri, publicKey: string, signal: AbortSignal): Promise<CertificateReply> {
    const parent = formatClusterUri(instance);
    const certDuration = `${Math.round(this.#options.certificateDurationMs / 1000)}s`;
    const body = { parent, publicKey, certDuration, useMetadataExchange: true };
    const path = `${parent}:generateClientCertificate`;
    const action = 'get a client certificate for';
    return this.#call({ action, instance, method: 'POST', path, parent, body }, readCertificateReply, signal);
  }

  #call<T>(call: Call, read: (body: string) => T, signal: AbortSignal): Promise<T> {
    const { clock, random } = this.#options;
    return retryUnavailable(() => this.#once(call, read, signal), { clock, random, signal });
  }

  async #once<T>(call: Call, read: (body: string) => T, signal: AbortSignal): Promise<T> {
    const uri = formatInstanceUri(call.instance);
    const response = await sendAuthorised((token) => this.#send(call, token, signal), this.#options, signal);
    if (response.status !== 200) {
      const body = readApiError(response);
      throw new AdminApiError(
        adminApiCode(body),
        `Cannot ${call.action} "${uri}": the Admin API answered ${body.httpStatus} ${body.status}: ${body.message}`,
        body,
        { instance: uri, hint: hintFor(body, { instance: call.instance, principal: this.#options.principal() }) },
      );
    }
    try {
      return read(response.body);
    } catch (error) {
      throw new ConnectorError(
        'ADMIN_API_BAD_REPLY',
        `Cannot read the answer of the Admin API for "${uri}": ${reasonOf(error)}`,
        { instance: uri, cause: error, hint: `check that ${this.#options.endpoint} is the AlloyDB Admin API` },
      );
    }
  }

  async #send(
    { instance, method, path, parent, body }: Call,
    token: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const { endpoint, http, userAgent, quotaProject } = this.#options;
    const url = new URL(`${endpoint}/${version}/${encodePath(path)}`);
    try {
      return await http({
        method,
        url,
        timeoutMs: callLimitMs,
        signal,
        headers: {
          ...callHeaders({ token, userAgent, quotaProject: quotaProject() }),
          'x-goog-request-params': `parent=${encodeURIComponent(parent)}`,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ConnectorError) throw error;
      const uri = formatInstanceUri(instance);
      throw new ConnectorError(
        'ADMIN_API_UNREACHABLE',
        `Cannot reach the Admin API at ${endpoint} for "${uri}": ${reasonOf(error)}`,
        { instance: uri, cause: error, hint: `check that this machine can open connections to ${url.host}` },
      );
    }
  }
}
