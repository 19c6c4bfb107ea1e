// Tokens of the service account that a Google Cloud machine, pod or function runs as, from its metadata server.

import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpResponse } from '../http/http-client.ts';
import { isJsonObject, textOf } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { tokenRequestLimitMs } from './token-endpoint.ts';
import type { Token } from './token-source.ts';

const standardHost = '169.254.169.254';
const account = 'instance/service-accounts/default';
// Outside of Google Cloud the address leads nowhere, and often without an answer that says so.
const detectLimitMs = 3_000;

/** Tokens through `GCE_METADATA_HOST`, or the address that every machine of Google Cloud has for it. */
export function metadataServer({
  http,
  clock,
  env,
  emulator,
}: Pick<IdentitySeams, 'http' | 'clock' | 'env' | 'emulator'>): Identity {
  const host = emulator?.host ?? textOf(env['GCE_METADATA_HOST']) ?? standardHost;
  let email: string | undefined;

  const get = async (path: string, timeoutMs: number, signal: AbortSignal): Promise<HttpResponse> => {
    const url = new URL(`http://${host}/computeMetadata/v1/${path}`);
    const response = await http({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' }, timeoutMs, signal });
    // Other clouds have a server at the same address, and captive portals answer everywhere.
    if (response.headers['metadata-flavor'] !== 'Google') throw new Error(`${host} is no metadata server of Google`);
    return response;
  };

  const detect = async (signal: AbortSignal): Promise<string> => {
    let response: HttpResponse;
    try {
      response = await get(`${account}/email`, detectLimitMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw notFound(`no file, and no metadata server: ${reasonOf(error)}`);
    }
    if (response.status === 404) throw notFound('this machine has no service account');
    if (response.status !== 200) throw failed(host, `HTTP status ${response.status}`);
    return response.body.trim();
  };

  return {
    choosesScope: true,
    principal: () => email,
    quotaProject: undefined,
    async project(signal) {
      const response = await get('project/project-id', detectLimitMs, signal).catch(() => undefined);
      signal.throwIfAborted();
      return response?.status === 200 ? textOf(response.body.trim()) : undefined;
    },
    universeDomain: undefined,
    tokens: {
      async token(scope, signal) {
        email ??= await detect(signal);
        let response: HttpResponse;
        try {
          const path = `${account}/token?scopes=${encodeURIComponent(scope)}`;
          response = await get(path, tokenRequestLimitMs, signal);
        } catch (error) {
          signal.throwIfAborted();
          throw failed(host, reasonOf(error));
        }
        const token = response.status === 200 ? parse(response.body, clock.now()) : undefined;
        return token ?? Promise.reject(failed(host, `HTTP status ${response.status} without a token`));
      },
    },
  };
}

function parse(body: string, now: number): Token | undefined {
  try {
    const reply: unknown = JSON.parse(body);
    const value = isJsonObject(reply) ? textOf(reply['access_token']) : undefined;
    if (!isJsonObject(reply) || value === undefined) return undefined;
    const seconds = Number(reply['expires_in'] ?? Number.NaN);
    return { value, expiresAt: Number.isFinite(seconds) ? now + seconds * 1000 : undefined };
  } catch {
    return undefined;
  }
}

function notFound(reason: string): ConnectorError {
  return new ConnectorError('CREDENTIALS_NOT_FOUND', `Cannot find Application Default Credentials: ${reason}`, {
    hint: 'log in with: gcloud auth application-default login; or name a key file with --credentials-file',
  });
}

function failed(host: string, reason: string): ConnectorError {
  return new ConnectorError('TOKEN_REQUEST_FAILED', `Cannot get a token from the metadata server ${host}: ${reason}`);
}
