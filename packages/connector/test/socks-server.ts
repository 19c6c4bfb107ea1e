// A small SOCKS5 server for tests: CONNECT only, with or without user and password, with answers to order.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Hosts, splice, upstream } from './proxy-upstream.ts';
import { fallSilent, listen, stir, type TcpServer } from './tcp-server.ts';

export interface SocksServerOptions {
  readonly login?: { readonly user: string; readonly password: string };
  readonly hosts?: Hosts;
  /** Refuses every request with this code of RFC 1928. */
  readonly refuseWith?: number;
  /** Says nothing any more at this point. */
  readonly silentAt?: 'greeting' | 'login' | 'request';
  /** Ends the connection at this point. */
  readonly endAt?: 'greeting' | 'login' | 'request';
  /** Bytes that go out together with the granting reply. */
  readonly sendBehindReply?: string;
  /** Sends each byte of its replies by itself. */
  readonly dribble?: boolean;
  /** How the bound address is given in the granting reply. */
  readonly bound?: 'ipv4' | 'ipv6' | 'name';
}

export interface SocksServer extends TcpServer {
  /** Targets that were asked for, as `TYPE HOST:PORT`, where the type is ipv4, name or ipv6. */
  readonly asked: readonly string[];
}

const boundAddresses = {
  ipv4: [1, 0, 0, 0, 0],
  ipv6: [4, ...Array<number>(16).fill(0)],
  name: [3, 4, ...Buffer.from('here')],
} as const;

export async function startSocksServer(options: SocksServerOptions = {}): Promise<SocksServer> {
  const asked: string[] = [];
  const server = await listen((socket) => {
    serve(socket, options, asked).catch(() => socket.destroy());
  });
  return { ...server, asked };
}

async function serve(socket: Socket, options: SocksServerOptions, asked: string[]): Promise<void> {
  const { login, refuseWith, hosts = {}, bound = 'ipv4' } = options;
  const answer = async (bytes: readonly number[]): Promise<void> => {
    if (options.dribble !== true) return void socket.write(Buffer.from(bytes));
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const stops = (at: SocksServerOptions['silentAt']): boolean => {
    if (options.silentAt !== at && options.endAt !== at) return false;
    if (options.endAt === at) socket.end();
    fallSilent(socket);
    return true;
  };

  const [, count = 0] = await read(socket, 2);
  const methods = await read(socket, count);
  if (stops('greeting')) return;
  const method = login === undefined ? 0 : 2;
  if (!methods.includes(method)) return refuse(socket, Buffer.of(5, 0xff));
  await answer([5, method]);
  if (login !== undefined) {
    const [, userLength = 0] = await read(socket, 2);
    const user = await read(socket, userLength);
    const [passwordLength = 0] = await read(socket, 1);
    const password = await read(socket, passwordLength);
    if (stops('login')) return;
    const right = user.toString() === login.user && password.toString() === login.password;
    await answer([1, right ? 0 : 1]);
    if (!right) return refuse(socket, Buffer.alloc(0));
  }
  const [, , , type = 0] = await read(socket, 4);
  const [kind, host] = await readHost(socket, type);
  const port = (await read(socket, 2)).readUInt16BE();
  asked.push(`${kind} ${host}:${port}`);
  if (stops('request')) return;
  if (refuseWith !== undefined) return refuse(socket, Buffer.of(5, refuseWith, 0, 1, 0, 0, 0, 0, 0, 0));
  const target = upstream(host, port, hosts);
  if (target === undefined) return refuse(socket, Buffer.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0));
  try {
    await once(target, 'connect');
  } catch {
    return refuse(socket, Buffer.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0));
  }
  await answer([5, 0, 0, ...boundAddresses[bound], 0, 0, ...Buffer.from(options.sendBehindReply ?? '')]);
  splice(socket, target);
}

function refuse(socket: Socket, reply: Buffer): void {
  socket.end(reply);
  fallSilent(socket);
}

async function readHost(socket: Socket, type: number): Promise<readonly [string, string]> {
  if (type === 1) return ['ipv4', [...(await read(socket, 4))].join('.')];
  if (type === 4) {
    const words = (await read(socket, 16)).toString('hex').match(/.{4}/g) ?? [];
    return ['ipv6', words.join(':')];
  }
  const [length = 0] = await read(socket, 1);
  return ['name', (await read(socket, length)).toString()];
}

async function read(socket: Socket, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes !== null && bytes.length === length) return bytes;
    if (socket.readableEnded || socket.destroyed || bytes !== null) throw new Error('the client left');
    await stir(socket);
  }
}
