// Which connections go through which proxy, as the environment says.

import { ConnectorError } from '../errors.ts';
import { type HostMatcher, isLinkLocal, isLoopback, parseNoProxy } from './no-proxy.ts';
import { lacksScheme, parseProxyUrl } from './proxy-url.ts';
import { direct, type Route } from './route.ts';
import type { TcpTarget } from './tcp.ts';

export interface ProxySettingsOptions {
  /**
   * Sends connections to databases through the proxy in `HTTPS_PROXY`, by HTTP CONNECT, instead of the one in
   * `ALL_PROXY`. Default false.
   */
  readonly httpConnectForData?: boolean;
}

export interface ProxySettings {
  /** For a connection to a server-side proxy. */
  readonly routeForData: (target: TcpTarget) => Route;
  /** For a request to the Admin API or to a token endpoint. */
  readonly routeForUrl: (url: URL) => Route;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment once; later changes of it have no effect. Each variable may be in capitals, which win, or in
 * small letters.
 *
 * - Data: `ALL_PROXY` when it is socks5:// or socks5h://. An HTTP proxy there is left alone, as the official proxy
 *   does: many machines set it for other programs. Loopback is not special, so an SSH tunnel wants a `NO_PROXY` entry.
 * - APIs: `HTTPS_PROXY` for https targets, `HTTP_PROXY` for http targets, both http://, https://, socks5:// or
 *   socks5h://, where a bare HOST:PORT is http://. Loopback and the metadata server are never asked through a proxy.
 * - `NO_PROXY` counts for both.
 *
 * @throws {ConnectorError} `INVALID_OPTION` for a proxy that cannot be used, even if nothing would ever go through it.
 */
export function readProxySettings(env: Environment, options: ProxySettingsOptions = {}): ProxySettings {
  const https = readProxy(env, 'HTTPS_PROXY');
  const http = readProxy(env, 'HTTP_PROXY');
  const all = readProxy(env, 'ALL_PROXY');
  const excluded = parseNoProxy(pick(env, 'NO_PROXY')?.text ?? '');
  const data = options.httpConnectForData === true ? requireHttp(https) : all?.via === 'socks5' ? all : undefined;
  return {
    routeForData: ({ host, port }) => choose(data, excluded, host, port),
    routeForUrl: ({ protocol, hostname, port }) => {
      if (isLoopback(hostname) || isMetadataServer(hostname)) return direct;
      const secure = protocol === 'https:';
      const number = port === '' ? (secure ? 443 : 80) : Number(port);
      return choose(secure ? https : http, excluded, hostname, number);
    },
  };
}

function choose(proxied: Route | undefined, excluded: HostMatcher, host: string, port: number): Route {
  return proxied === undefined || excluded(host, port) ? direct : proxied;
}

function readProxy(env: Environment, name: 'ALL_PROXY' | 'HTTPS_PROXY' | 'HTTP_PROXY'): Route | undefined {
  const found = pick(env, name);
  if (found === undefined) return undefined;
  // Without a scheme there is no telling which kind ALL_PROXY means; the others are HTTP by custom.
  const text = name !== 'ALL_PROXY' && lacksScheme(found.text) ? `http://${found.text}` : found.text;
  return parseProxyUrl(found.variable, text);
}

function pick(env: Environment, name: string): { readonly variable: string; readonly text: string } | undefined {
  for (const variable of [name, name.toLowerCase()]) {
    const text = env[variable]?.trim();
    if (text !== undefined && text !== '') return { variable, text };
  }
  return undefined;
}

function requireHttp(route: Route | undefined): Route {
  if (route?.via === 'http-connect') return route;
  const reason = route === undefined ? 'HTTPS_PROXY is not set' : 'HTTPS_PROXY is a SOCKS5 proxy';
  throw new ConnectorError('INVALID_OPTION', `Cannot connect to databases by HTTP CONNECT: ${reason}`, {
    hint: 'set HTTPS_PROXY=http://HOST:PORT; for SOCKS5 set ALL_PROXY=socks5://HOST:PORT and leave the option out',
  });
}

/** It answers only the machine that it belongs to. */
function isMetadataServer(host: string): boolean {
  return isLinkLocal(host) || ['metadata.google.internal', 'metadata', '[fd20:ce::254]'].includes(host);
}
