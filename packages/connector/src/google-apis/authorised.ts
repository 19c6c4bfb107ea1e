// Sends a request with an access token, and once more with another when the first is refused.

import type { TokenSource } from '../credentials/token-source.ts';
import type { HttpResponse } from '../http/http-client.ts';

export interface Authorisation {
  readonly tokens: TokenSource;
  /** Told of each token that the API refused, so that the next one is another. */
  readonly dropToken?: ((token: string) => void) | undefined;
}

/** Scope of every call to an API of Google Cloud. */
export const cloudPlatformScope = 'https://www.googleapis.com/auth/cloud-platform';

/** A token may be revoked before its time: one that is refused is dropped, and the call made again with the next. */
export async function sendAuthorised(
  send: (token: string) => Promise<HttpResponse>,
  { tokens, dropToken }: Authorisation,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { value: token } = await tokens.token(cloudPlatformScope, signal);
  const response = await send(token);
  if (response.status !== 401) return withoutToken(response, token);
  dropToken?.(token);
  const { value: renewed } = await tokens.token(cloudPlatformScope, signal);
  // A source that has but one token would only be refused again.
  if (renewed === token) return withoutToken(response, token);
  const second = await send(renewed);
  if (second.status === 401) dropToken?.(renewed);
  return withoutToken(second, renewed);
}

export interface CallIdentity {
  readonly token: string;
  readonly userAgent: string;
  readonly quotaProject: string | undefined;
}

/** What every call to an API of Google's says of who makes it. */
export function callHeaders({ token, userAgent, quotaProject }: CallIdentity): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'user-agent': userAgent,
    'x-goog-api-client': `gl-node/${process.versions.node}`,
    ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
  };
}

/** What the API says ends up in messages, and a server that shows what it was asked would put the token there. */
function withoutToken(response: HttpResponse, token: string): HttpResponse {
  return response.status === 200 ? response : { ...response, body: response.body.replaceAll(token, '[token]') };
}

/** A colon is part of method names and of domain-scoped projects; it stays as it is, everything unsafe does not. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%3A', ':').replaceAll('%40', '@');
}
