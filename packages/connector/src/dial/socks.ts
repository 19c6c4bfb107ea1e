// Asks a SOCKS5 proxy for a connection (RFC 1928, with user and password as in RFC 1929).

import { isIP, type Socket } from 'node:net';
import { formatAddress } from './address.ts';
import { OutboundProxyError } from './proxy-error.ts';
import { readExactly } from './read-bytes.ts';
import type { ProxyCredentials, ProxyServer } from './route.ts';
import type { TcpTarget } from './tcp.ts';

const version = 5;
const loginVersion = 1;
const connectCommand = 1;
const method = { none: 0, login: 2, refused: 0xff } as const;
const addressType = { ipv4: 1, name: 3, ipv6: 4 } as const;

/**
 * Resolves when the proxy has connected to the target; a host name is the proxy's to resolve. What the target sent at
 * once is still in the socket.
 *
 * Written by hand, since package `socks` lets the socket flow a moment after the handshake, when its next owner may not
 * be listening yet, waits on when the proxy ends the connection, and puts the password into its errors.
 */
export async function requestConnection(
  socket: Socket,
  target: TcpTarget,
  { credentials }: Pick<ProxyServer, 'credentials'>,
  signal: AbortSignal,
): Promise<void> {
  const offered = credentials === undefined ? [method.none] : [method.none, method.login];
  socket.write(Buffer.from([version, offered.length, ...offered]));
  const [answered, chosen] = await readExactly(socket, 2, signal);
  requireVersion(answered);
  if (chosen === method.login && credentials !== undefined) await logIn(socket, credentials, signal);
  else if (chosen !== method.none) throw loginMissing(credentials !== undefined);
  socket.write(
    Buffer.from([version, connectCommand, 0, ...encodeHost(target.host), target.port >> 8, target.port & 0xff]),
  );
  const [replied, code = 0, , boundType] = await readExactly(socket, 4, signal);
  requireVersion(replied);
  // Judged before the rest is read: some proxies close right behind the code.
  if (code !== 0) throw refusal(code, target);
  // The proxy's own address on the far side, which is of no use here, and its port.
  await readExactly(socket, (await boundLength(socket, boundType, signal)) + 2, signal);
}

async function logIn(socket: Socket, credentials: ProxyCredentials, signal: AbortSignal): Promise<void> {
  socket.write(credentials.socksLogin(loginVersion));
  const [, status] = await readExactly(socket, 2, signal);
  if (status !== 0) {
    throw new OutboundProxyError('login', 'the proxy does not accept the user and password', {
      hint: 'check the user and password in the URL of the proxy; both are percent-encoded there',
    });
  }
}

async function boundLength(socket: Socket, type: number | undefined, signal: AbortSignal): Promise<number> {
  if (type === addressType.ipv4) return 4;
  if (type === addressType.ipv6) return 16;
  if (type !== addressType.name) throw notSocks();
  const [length = 0] = await readExactly(socket, 1, signal);
  return length;
}

function encodeHost(host: string): readonly number[] {
  if (isIP(host) === 4) return [addressType.ipv4, ...host.split('.').map(Number)];
  if (isIP(host) === 6) return [addressType.ipv6, ...ipv6Bytes(host)];
  const name = Buffer.from(host);
  if (name.length > 255) throw new OutboundProxyError('connect', 'SOCKS5 allows no host name beyond 255 bytes');
  return [addressType.name, name.length, ...name];
}

/** The WHATWG form spells an embedded IPv4 address in hexadecimal too, so that only `::` is left to expand. */
function ipv6Bytes(address: string): readonly number[] {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter((word) => word !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail]
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 0xff]);
}

function requireVersion(answered: number | undefined): void {
  if (answered !== version) throw notSocks();
}

function notSocks(): OutboundProxyError {
  return new OutboundProxyError('connect', 'the proxy does not answer as a SOCKS5 proxy does', {
    hint: 'check the port of the proxy, and that it is not an HTTP proxy, whose URL begins with http://',
  });
}

function loginMissing(given: boolean): OutboundProxyError {
  return given
    ? new OutboundProxyError('login', 'the proxy accepts neither user and password nor a client without them')
    : new OutboundProxyError('login', 'the proxy wants a user and password', {
        hint: 'put them into the URL of the proxy: socks5h://USER:PASSWORD@HOST:PORT',
      });
}

function refusal(code: number, { host, port }: TcpTarget): OutboundProxyError {
  const reason = refusals[code] ?? `code ${code}`;
  return new OutboundProxyError('connect', `the proxy refused to connect: ${reason}`, {
    hint: `check that the proxy allows and reaches ${formatAddress(host, port)}`,
  });
}

/** RFC 1928, section 6. */
const refusals: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'its rules do not allow it',
  3: 'network is unreachable',
  4: 'no route to host',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'it does not support the command',
  8: 'it does not support this type of address',
};
