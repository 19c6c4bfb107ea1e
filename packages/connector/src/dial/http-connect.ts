// Asks an HTTP proxy for a tunnel, with the method CONNECT (RFC 9110, section 9.3.6).

import type { Socket } from 'node:net';
import { formatAddress } from './address.ts';
import { OutboundProxyError } from './proxy-error.ts';
import { readBytes } from './read-bytes.ts';
import type { ProxyServer } from './route.ts';
import type { TcpTarget } from './tcp.ts';

// Proxies answer with a few headers; one that sends more is something else.
const longestHead = 16 * 1024;
const longestStatusLine = 200;

/**
 * Resolves when the proxy has opened the tunnel. What the target sent at once is still in the socket.
 *
 * Written by hand because node:http gives its socket up in ways that differ between runtimes, and because nothing of
 * the answer but its first line is of use.
 */
export async function requestTunnel(
  socket: Socket,
  target: TcpTarget,
  { credentials }: Pick<ProxyServer, 'credentials'>,
  signal: AbortSignal,
): Promise<void> {
  const authority = formatAddress(target.host, target.port);
  const login = credentials === undefined ? '' : `Proxy-Authorization: ${credentials.basic()}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`);
  const statusLine = await readStatusLine(socket, signal);
  const [, status = ''] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine) ?? [];
  if (status.startsWith('2')) return;
  if (status === '') throw new OutboundProxyError('connect', 'the proxy does not answer as an HTTP proxy does');
  // Some proxies answer a wrong password as a web server does.
  const refusedLogin = status === '407' || status === '401';
  throw new OutboundProxyError(refusedLogin ? 'login' : 'connect', `the proxy answered "${printable(statusLine)}"`, {
    hint: refusedLogin
      ? 'put a valid user and password into the URL of the proxy: http://USER:PASSWORD@HOST:PORT'
      : `let the proxy allow CONNECT to ${authority}`,
  });
}

async function readStatusLine(socket: Socket, signal: AbortSignal): Promise<string> {
  let head = Buffer.alloc(0);
  await readBytes(socket, signal, (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end !== -1) return { rest: head.subarray(end + 4) };
    if (head.length > longestHead) throw new OutboundProxyError('connect', 'the proxy answers without end');
    return 'more';
  });
  return head.toString('latin1').split('\r\n', 1)[0] ?? '';
}

function printable(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?').slice(0, longestStatusLine);
}
