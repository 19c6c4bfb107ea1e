// The two calls of the AlloyDB Admin API that a connector makes.

import type { TokenSource } from '../credentials/token-source.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import { formatClusterUri, formatInstanceUri, type InstanceUri } from '../instance/uri.ts';
import type { Clock } from '../refresh/clock.ts';
import { AdminApiError, adminApiCode, readApiError } from './api-error.ts';
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
  readonly tokens: TokenSource;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Call {
  readonly instance: InstanceUri;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The resource that the request is routed by (header x-goog-request-params). */
  readonly parent: string;
  readonly body?: object;
}

const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform';
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
      { instance, method: 'GET', path: `${uri}/connectionInfo`, parent: uri },
      readConnectionInfoReply,
      signal,
    );
  }

  /** A client certificate for the public key (PEM), together with the authority that signs the server's. */
  generateClientCertificate(instance: InstanceUri, publicKey: string, signal: AbortSignal): Promise<CertificateReply> {
    const parent = formatClusterUri(instance);
    const body = { parent, publicKey, certDuration: '3600s', useMetadataExchange: true };
    const path = `${parent}:generateClientCertificate`;
    return this.#call({ instance, method: 'POST', path, parent, body }, readCertificateReply, signal);
  }

  #call<T>(call: Call, read: (body: string) => T, signal: AbortSignal): Promise<T> {
    const { clock, random } = this.#options;
    return retryUnavailable(() => this.#once(call, read, signal), isUnavailable, { clock, random, signal });
  }

  async #once<T>(call: Call, read: (body: string) => T, signal: AbortSignal): Promise<T> {
    const uri = formatInstanceUri(call.instance);
    const response = await this.#send(call, signal);
    if (response.status !== 200) {
      const body = readApiError(response);
      throw new AdminApiError(
        adminApiCode(body),
        `Cannot get connection info of "${uri}": the Admin API answered ${body.httpStatus} ${body.status}: ${body.message}`,
        body,
        { instance: uri },
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

  async #send({ instance, method, path, parent, body }: Call, signal: AbortSignal): Promise<HttpResponse> {
    const { endpoint, tokens, http, userAgent } = this.#options;
    const { value } = await tokens.token(cloudPlatformScope, signal);
    const url = new URL(`${endpoint}/${version}/${encodePath(path)}`);
    try {
      return await http({
        method,
        url,
        timeoutMs: callLimitMs,
        signal,
        headers: {
          authorization: `Bearer ${value}`,
          'content-type': 'application/json',
          'user-agent': userAgent,
          'x-goog-api-client': `gl-node/${process.versions.node}`,
          'x-goog-request-params': `parent=${encodeURIComponent(parent)}`,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      signal.throwIfAborted();
      const uri = formatInstanceUri(instance);
      throw new ConnectorError(
        'ADMIN_API_UNREACHABLE',
        `Cannot reach the Admin API at ${endpoint} for "${uri}": ${reasonOf(error)}`,
        { instance: uri, cause: error, hint: `check that this machine can open connections to ${url.host}` },
      );
    }
  }
}

/** A colon is part of the method name and of domain-scoped projects; it stays as it is, everything unsafe does not. */
function encodePath(path: string): string {
  return path.split('/').map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%3A', ':');
}

function isUnavailable(error: unknown): error is AdminApiError {
  return error instanceof AdminApiError && error.code === 'ADMIN_API_UNAVAILABLE';
}
