// A small HTTP proxy for tests: CONNECT only, with or without a login, over TLS when given a certificate.

import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Hosts, splice, upstream } from './proxy-upstream.ts';
import { fallSilent, stir, type TcpServer, track } from './tcp-server.ts';

export interface ConnectProxyOptions {
  /** `USER:PASSWORD` that is wanted, in Basic authentication. */
  readonly login?: string;
  readonly hosts?: Hosts;
  /** Sent instead of the granting reply; the connection is then ended. */
  readonly answer?: string;
  /** Never answers. */
  readonly silent?: boolean;
  /** Bytes that go out together with the granting reply. */
  readonly sendBehindReply?: string;
  /** Speaks TLS itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface ConnectProxy extends TcpServer {
  /** Targets that were asked for. */
  readonly asked: readonly string[];
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const onSocket = (socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    serve(socket, options, asked).catch(() => socket.destroy());
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createTcpServer({ allowHalfOpen: true }, onSocket)
      : createTlsServer({ ...tls, allowHalfOpen: true }, onSocket);
  return { ...(await track(server)), asked };
}

async function serve(socket: Socket, options: ConnectProxyOptions, asked: string[]): Promise<void> {
  const head = await readHead(socket);
  const [, host = '', port = ''] = /^CONNECT \[?([^\]\s]+?)\]?:(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
  asked.push(`${host}:${port}`);
  if (options.silent === true) return fallSilent(socket);
  if (options.answer !== undefined) return refuse(socket, options.answer);
  if (options.login !== undefined && !head.includes(`Basic ${Buffer.from(options.login).toString('base64')}\r\n`)) {
    return refuse(socket, 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
  }
  const target = upstream(host, Number(port), options.hosts ?? {});
  try {
    if (target === undefined) throw new Error('no such host');
    await once(target, 'connect');
    socket.write(`HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n${options.sendBehindReply ?? ''}`);
    splice(socket, target);
  } catch {
    refuse(socket, 'HTTP/1.1 502 Bad Gateway\r\n\r\n');
  }
}

function refuse(socket: Socket, reply: string): void {
  socket.end(reply);
  fallSilent(socket);
}

async function readHead(socket: Socket): Promise<string> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) {
    await stir(socket);
    if (socket.destroyed || socket.readableEnded) throw new Error('the client left');
    head += ((socket.read() as Buffer | null) ?? '').toString('latin1');
  }
  return head;
}
