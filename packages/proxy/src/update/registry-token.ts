// The token dance of OCI registries: a refusal names who gives tokens, and with one the request is made again.

import { CommandError } from '../cli/command-error.ts';
import type { Fetch } from './fetch.ts';
import { malformed, readJsonObject, refuseFailure } from './refusal.ts';

export interface TokenDanceOptions {
  readonly fetch: Fetch;
  readonly registry: URL;
  /** What the token is for, when the registry leaves it out. */
  readonly scope: string;
  readonly now: () => number;
}

/** Asks for an anonymous token when it is first refused one, and shows it from then on. */
export function withTokenDance(options: TokenDanceOptions): Fetch {
  const { fetch } = options;
  let token: string | undefined;
  return async (request) => {
    const bearer = () => (token === undefined ? {} : { authorization: `Bearer ${token}` });
    const answer = await fetch({ ...request, headers: { ...request.headers, ...bearer() } });
    if (answer.status !== 401) return answer;
    token = await fetchToken(answer.headers['www-authenticate'], options);
    return fetch({ ...request, headers: { ...request.headers, ...bearer() } });
  };
}

async function fetchToken(challenge: string | undefined, options: TokenDanceOptions): Promise<string> {
  const { fetch, registry, scope, now } = options;
  const { realm, ...parameters } = readChallenge(challenge ?? '');
  const url = realm === undefined ? null : URL.parse(realm);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== registry.protocol)) {
    throw new CommandError(`${registry.host} wants a login, and names nobody who gives tokens`, {
      hint: 'see whether the image can be pulled without a login',
    });
  }
  if (parameters.service !== undefined) url.searchParams.set('service', parameters.service);
  url.searchParams.set('scope', parameters.scope ?? scope);
  const asked = { url, what: 'token for this image', nowMs: now() };
  const answer = await fetch({ url, longestBody: 64 * 1024 });
  refuseFailure(answer, asked);
  const { token, access_token: other } = readJsonObject(answer, asked);
  const given = token ?? other;
  if (typeof given === 'string' && /^[\x21-\x7e]+$/.test(given)) return given;
  throw malformed(url.host, 'token', 'there is none in it');
}

/** `Bearer realm="https://…",service="…",scope="…"` (RFC 6750). */
function readChallenge(text: string): Partial<Readonly<Record<'realm' | 'service' | 'scope', string>>> {
  const [, parameters = ''] = /^Bearer\s+(.*)$/i.exec(text) ?? [];
  const pairs = [...parameters.matchAll(/([a-z_]+)=(?:"([^"]*)"|([^",\s]+))/gi)];
  return Object.fromEntries(pairs.map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare]));
}
