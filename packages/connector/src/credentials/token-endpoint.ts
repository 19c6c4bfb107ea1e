// One POST to an OAuth2 token endpoint (RFC 6749, section 5).

import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import type { Token } from './token-source.ts';

export interface TokenRequest {
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
  /** For whom the token is, for messages. */
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly http: HttpClient;
  readonly clock: Clock;
}

const requestLimitMs = 30_000;

/** @throws {ConnectorError} `TOKEN_REQUEST_FAILED` or `TOKEN_REQUEST_REFUSED`; neither quotes the request. */
export async function requestToken({ url, form, subject, signal, http, clock }: TokenRequest): Promise<Token> {
  const response = await send(url, form, subject, http, signal);
  const reply = parse(response.body);
  const value = reply['access_token'];
  if (response.status === 200 && typeof value === 'string') {
    const seconds = Number(reply['expires_in'] ?? Number.NaN);
    return { value, expiresAt: Number.isFinite(seconds) ? clock.now() + seconds * 1000 : undefined };
  }
  const refused = response.status >= 400 && response.status < 500;
  const reason =
    text(reply['error_description']) ?? text(reply['error']) ?? `HTTP status ${response.status} without a token`;
  throw new ConnectorError(
    refused ? 'TOKEN_REQUEST_REFUSED' : 'TOKEN_REQUEST_FAILED',
    `Cannot get a token for ${subject}: ${url.host} answered: ${reason}`,
  );
}

async function send(
  url: URL,
  form: TokenRequest['form'],
  subject: string,
  http: HttpClient,
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    return await http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      timeoutMs: requestLimitMs,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new ConnectorError(
      'TOKEN_REQUEST_FAILED',
      `Cannot get a token for ${subject}: no answer from ${url.host}: ${reasonOf(error)}`,
      { cause: error, hint: `check that this machine can open connections to ${url.host}` },
    );
  }
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
