// Tokens of a service account for somebody who may act as it: generateAccessToken of the IAM Credentials API.

import { readApiError, type ApiErrorBody } from '../admin-api/api-error.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import { shellWord } from '../gcloud-commands.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import type { CachedTokens } from './cached-tokens.ts';
import { isJsonObject, textOf } from './credential-fields.ts';
import { quotable } from './quotable.ts';
import { tokenRequestLimitMs } from './token-endpoint.ts';
import type { Token, TokenSource } from './token-source.ts';

export interface GenerateAccessTokenOptions {
  /** The method's full URL, as in `https://…/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`. */
  readonly url: URL;
  /** E-mail addresses or full names, the one that the caller may act as first. */
  readonly delegates?: readonly string[];
  /** Life of a token in seconds. Default 3600, the longest that needs no organisation policy. */
  readonly lifetimeSeconds?: number;
  /** Whose tokens the request is made with. */
  readonly base: CachedTokens;
  readonly http: HttpClient;
}

const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform';

/** The e-mail address of the service account that a URL of generateAccessToken is about. */
export function targetOf(url: URL): string | undefined {
  const [, email] = /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url.pathname) ?? [];
  return email === undefined ? undefined : decodeURIComponent(email);
}

export function generateAccessToken(options: GenerateAccessTokenOptions): TokenSource {
  return {
    async token(scope, signal) {
      const { base, url } = options;
      const { value } = await base.token(cloudPlatformScope, signal);
      const response = await send(options, { bearer: value, scope }, signal);
      if (response.status !== 401) return readReply(response, url, value);
      // The token in hand may have been revoked before its time; a new one may do.
      base.drop(value);
      const renewed = await base.token(cloudPlatformScope, signal);
      if (renewed.value === value) return readReply(response, url, value);
      return readReply(await send(options, { bearer: renewed.value, scope }, signal), url, renewed.value);
    },
  };
}

async function send(
  { url, delegates = [], lifetimeSeconds = 3600, http }: GenerateAccessTokenOptions,
  { bearer, scope }: { readonly bearer: string; readonly scope: string },
  signal: AbortSignal,
): Promise<HttpResponse> {
  const body = { delegates: delegates.map(fullName), scope: [scope], lifetime: `${lifetimeSeconds}s` };
  try {
    return await http({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: tokenRequestLimitMs,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConnectorError) throw error;
    // No cause is kept: an error of the HTTP parser holds what the server sent, which may be the request itself.
    throw new ConnectorError(
      'TOKEN_REQUEST_FAILED',
      `Cannot impersonate ${subjectOf(url)}: no answer from ${url.host}: ${reasonOf(error)}`,
      { hint: `check that this machine can open connections to ${url.host}` },
    );
  }
}

function fullName(delegate: string): string {
  return delegate.startsWith('projects/') ? delegate : `projects/-/serviceAccounts/${delegate}`;
}

function readReply(response: HttpResponse, url: URL, bearer: string): Token {
  const reply = response.status === 200 ? parse(response.body) : undefined;
  if (reply !== undefined) return reply;
  const refused = response.status >= 400 && response.status < 500;
  const error = readApiError(response);
  const words = quotable(error.message, [bearer]) ?? `HTTP status ${response.status} without a token`;
  throw new ConnectorError(
    refused ? 'TOKEN_REQUEST_REFUSED' : 'TOKEN_REQUEST_FAILED',
    `Cannot impersonate ${subjectOf(url)}: ${url.host} answered: ${words}`,
    { hint: hintFor(error, url) },
  );
}

function parse(body: string): Token | undefined {
  try {
    const reply: unknown = JSON.parse(body);
    const value = isJsonObject(reply) ? textOf(reply['accessToken']) : undefined;
    if (!isJsonObject(reply) || value === undefined) return undefined;
    const expiresAt = Date.parse(textOf(reply['expireTime']) ?? '');
    return { value, expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt };
  } catch {
    return undefined;
  }
}

function hintFor({ httpStatus, reason }: ApiErrorBody, url: URL): string | undefined {
  if (reason === 'SERVICE_DISABLED') return 'enable the API: gcloud services enable iamcredentials.googleapis.com';
  if (httpStatus === 404) return 'check the e-mail address: gcloud iam service-accounts list';
  if (httpStatus !== 403) return undefined;
  return (
    'each account in the chain must let the one before it act as it: gcloud iam service-accounts ' +
    `add-iam-policy-binding ${shellWord(subjectOf(url))} --member=CALLER --role=roles/iam.serviceAccountTokenCreator`
  );
}

function subjectOf(url: URL): string {
  return targetOf(url) ?? url.pathname;
}
