// Reads the URL of an outbound proxy, without ever repeating it: it may hold a password.

import { ConnectorError } from '../errors.ts';
import { ProxyCredentials, type Route } from './route.ts';

const defaultPorts = { http: 80, https: 443, socks5: 1080, socks5h: 1080 } as const;
type Scheme = keyof typeof defaultPorts;

// RFC 1929 gives each one byte of length.
const longestSocksLogin = 255;

/**
 * Reads `SCHEME://[USER[:PASSWORD]@]HOST[:PORT]`, where user and password are percent-encoded.
 *
 * @throws {ConnectorError} `INVALID_OPTION`, naming the variable but nothing of its value beyond the scheme.
 */
export function parseProxyUrl(variable: string, text: string): Route {
  const [, named = ''] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  const scheme = named.toLowerCase();
  if (!isScheme(scheme))
    throw unusable(variable, `its scheme "${named}" is none of ${Object.keys(defaultPorts).join(', ')}`);
  if (!URL.canParse(text)) throw unusable(variable, 'it is not a URL of a host', encodeHint);
  const url = new URL(text);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw unusable(variable, 'it names no host');
  // An unencoded "/", "?" or "#" in a password ends the host too early: what is left must not be dialled or printed.
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw unusable(variable, 'something follows the host and port', encodeHint);
  }
  const credentials = readCredentials(variable, scheme, url);
  const proxy = { host, port: url.port === '' ? defaultPorts[scheme] : Number(url.port), credentials };
  if (proxy.port === 0) throw unusable(variable, 'its port is 0');
  if (scheme === 'http' || scheme === 'https') return { via: 'http-connect', proxy, secure: scheme === 'https' };
  return { via: 'socks5', proxy, names: scheme === 'socks5h' ? 'remote' : 'local' };
}

function readCredentials(variable: string, scheme: Scheme, url: URL): ProxyCredentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const user = decode(variable, url.username);
  const password = decode(variable, url.password);
  const limited = scheme === 'socks5' || scheme === 'socks5h';
  if (limited && [user, password].some((part) => Buffer.byteLength(part) > longestSocksLogin)) {
    throw unusable(variable, `SOCKS5 allows no user or password beyond ${longestSocksLogin} bytes`);
  }
  return new ProxyCredentials({ user, password });
}

function decode(variable: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // The cause is left out on purpose, should a runtime ever put the text into it.
    throw unusable(variable, 'its user or password is not percent-encoded', encodeHint);
  }
}

const encodeHint =
  'percent-encode what is not a letter or digit in user and password: "@" is %40, "#" is %23, "/" is %2F';

function unusable(variable: string, reason: string, hint?: string): ConnectorError {
  return new ConnectorError('INVALID_OPTION', `Cannot use the proxy that ${variable} names: ${reason}`, {
    hint: hint ?? `write ${variable} like http://proxy.example:3128 or socks5h://proxy.example:1080, or unset it`,
  });
}

function isScheme(text: string): text is Scheme {
  return Object.hasOwn(defaultPorts, text);
}

/** Whether the text begins as `HOST:PORT` does, or a bare host: the short form that other programs take for HTTP. */
export function lacksScheme(text: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
