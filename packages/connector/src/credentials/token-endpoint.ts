// One POST to an OAuth2 token endpoint (RFC 6749, section 5).

import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import { isJsonObject, type JsonObject, textOf } from './credential-fields.ts';
import { quotable } from './quotable.ts';
import type { Token } from './token-source.ts';

export interface TokenRequest {
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
  /** Names the client to the endpoint in the header Authorization (RFC 6749, section 2.3.1). */
  readonly client?: { readonly id: string; readonly secret: string } | undefined;
  /** For whom the token is, for messages. */
  readonly subject: string;
  /** What to do about a refusal, from its `error` code. */
  readonly hintFor?: (error: string) => string | undefined;
  readonly signal: AbortSignal;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** A token, with the other fields of the answer. */
export interface TokenReply extends Token {
  readonly fields: JsonObject;
}

/** Limit for one request to a token endpoint, in milliseconds. */
export const tokenRequestLimitMs = 30_000;

/** The fields of a form that are no secrets: everything else in it must never come back in a message. */
const publicFields = new Set([
  'grant_type',
  'client_id',
  'scope',
  'audience',
  'requested_token_type',
  'subject_token_type',
  'options',
]);

/** @throws {ConnectorError} `TOKEN_REQUEST_FAILED` or `TOKEN_REQUEST_REFUSED`; neither quotes the request. */
export async function requestToken(request: TokenRequest): Promise<TokenReply> {
  const { url, subject, clock, hintFor } = request;
  const response = await send(request);
  const fields = parse(response.body);
  const value = fields['access_token'];
  if (response.status === 200 && typeof value === 'string' && value !== '') {
    const seconds = Number(fields['expires_in'] ?? Number.NaN);
    return { value, expiresAt: Number.isFinite(seconds) ? clock.now() + seconds * 1000 : undefined, fields };
  }
  const refused = response.status >= 400 && response.status < 500;
  throw new ConnectorError(
    refused ? 'TOKEN_REQUEST_REFUSED' : 'TOKEN_REQUEST_FAILED',
    `Cannot get a token for ${subject}: ${url.host} answered: ${refusal(response.status, fields, secretsOf(request))}`,
    { hint: refused ? hintFor?.(textOf(fields['error']) ?? '') : undefined },
  );
}

async function send(request: TokenRequest): Promise<HttpResponse> {
  const { url, form, client, subject, signal, http } = request;
  const authorization =
    client === undefined
      ? {}
      : { authorization: `Basic ${btoa(`${formEncode(client.id)}:${formEncode(client.secret)}`)}` };
  try {
    return await http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...authorization },
      body: new URLSearchParams(form).toString(),
      timeoutMs: tokenRequestLimitMs,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConnectorError) throw error;
    // No cause is kept: an error of the HTTP parser holds what the server sent, which may be the request itself.
    throw new ConnectorError(
      'TOKEN_REQUEST_FAILED',
      `Cannot get a token for ${subject}: no answer from ${url.host}: ${reasonOf(error)}`,
      { hint: `check that this machine can open connections to ${url.host}` },
    );
  }
}

/** RFC 6749 asks for form encoding inside of the Basic header. */
function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function secretsOf({ form, client }: TokenRequest): readonly string[] {
  const values = Object.entries(form).flatMap(([name, value]) => (publicFields.has(name) ? [] : [value]));
  return client === undefined ? values : [...values, client.secret];
}

function refusal(status: number, fields: JsonObject, secrets: readonly string[]): string {
  for (const name of ['error_description', 'error']) {
    const words = quotable(textOf(fields[name]) ?? '', secrets);
    if (words !== undefined) return words;
  }
  return `HTTP status ${status} without a token`;
}

function parse(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    // A page of some server on the way; the HTTP status is all that there is to say.
    return {};
  }
}
