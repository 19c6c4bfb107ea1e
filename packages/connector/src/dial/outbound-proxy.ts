// Opens every connection that leaves this machine: directly, through a SOCKS5 proxy or through an HTTP CONNECT tunnel.

import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { orAborted, TimeLimitError, withTimeLimit } from '../abort.ts';
import { reasonOf } from '../errors.ts';
import { requestTunnel } from './http-connect.ts';
import { OutboundProxyError } from './proxy-error.ts';
import { startTls } from './public-tls.ts';
import type { ProxyServer, Route } from './route.ts';
import { requestConnection } from './socks.ts';
import { addressLimitMs, connectTcp, type TcpTarget } from './tcp.ts';

export interface OutboundOptions {
  readonly route: Route;
  /** Resolves host names, as far as that is not left to a proxy. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
  /** Silence after which the peer, target or proxy, is probed, in milliseconds; 0 never probes. Default 30,000. */
  readonly keepAliveMs?: number | undefined;
  /** Ends the attempt, and its socket, at once. */
  readonly signal: AbortSignal;
}

type Unrouted = Omit<OutboundOptions, 'route'>;

/**
 * A connection to the target, whatever lies in between: half-open capable, without delay, with keepalive, and with an
 * error listener for all its life. It has not flowed yet: what the target has sent is still in it.
 *
 * An aborted signal ends the attempt at once, and leaves no socket behind.
 *
 * @throws {OutboundProxyError} when it is the proxy that fails or refuses; otherwise the system's error or the signal's
 * reason.
 */
export async function connectOutbound(target: TcpTarget, options: OutboundOptions): Promise<Socket> {
  const { route, lookup, keepAliveMs, signal } = options;
  switch (route.via) {
    case 'direct':
      return connectTcp({ ...target, lookup, keepAliveMs }, signal);
    case 'http-connect':
      return through(route.proxy, route.secure, options, (socket) =>
        requestTunnel(socket, target, route.proxy, signal),
      );
    case 'socks5':
      return connectBySocks(target, route, { lookup, keepAliveMs, signal });
  }
}

async function connectBySocks(
  { host, port }: TcpTarget,
  { proxy, names }: Extract<Route, { via: 'socks5' }>,
  { lookup, keepAliveMs, signal }: Unrouted,
): Promise<Socket> {
  const attempt = (address: string, limited: AbortSignal): Promise<Socket> =>
    through(proxy, false, { lookup, keepAliveMs, signal: limited }, (socket) =>
      requestConnection(socket, { host: address, port }, proxy, limited),
    );
  if (names === 'remote' || isIP(host) !== 0) return attempt(host, signal);
  const addresses = await resolve(host, lookup, signal);
  for (const address of addresses.slice(0, -1)) {
    try {
      return await withTimeLimit(addressLimitMs, [signal], (limited) => attempt(address, limited));
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfAddress(error)) throw error;
    }
  }
  const last = addresses.at(-1);
  if (last === undefined) throw new OutboundProxyError('connect', 'the name of the target has no address');
  return attempt(last, signal);
}

/** Whether another address of the same name may fare better. */
function isOfAddress(error: unknown): boolean {
  return error instanceof TimeLimitError || (error instanceof OutboundProxyError && error.step === 'connect');
}

/** Connects to the proxy and lets `ask` make it go on to the target. */
async function through(
  proxy: ProxyServer,
  secure: boolean,
  options: Unrouted,
  ask: (socket: Socket) => Promise<void>,
): Promise<Socket> {
  const { signal } = options;
  const socket = await reach(proxy, secure, options);
  try {
    await ask(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    if (error instanceof OutboundProxyError) throw error;
    throw new OutboundProxyError('connect', `the proxy broke off: ${reasonOf(error)}`, { cause: error });
  }
}

async function reach({ host, port }: ProxyServer, secure: boolean, options: Unrouted): Promise<Socket> {
  const { lookup, keepAliveMs, signal } = options;
  try {
    const socket = await connectTcp({ host, port, lookup, keepAliveMs }, signal);
    return secure ? await startTls(socket, host, signal) : socket;
  } catch (error) {
    signal.throwIfAborted();
    throw new OutboundProxyError('reach', `the proxy cannot be reached: ${reasonOf(error)}`, {
      cause: error,
      hint: `check the proxy's URL, and that ${host} port ${port} can be reached from here`,
    });
  }
}

async function resolve(
  host: string,
  lookup: LookupFunction = systemLookup,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { promise, resolve: found, reject } = Promise.withResolvers<readonly string[]>();
  lookup(host, { all: true }, (error, addresses) => {
    if (error !== null) reject(error);
    else found(typeof addresses === 'string' ? [addresses] : addresses.map(({ address }) => address));
  });
  try {
    return await orAborted(promise, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new OutboundProxyError('connect', `the name of the target cannot be resolved here: ${reasonOf(error)}`, {
      cause: error,
      hint: 'write socks5h:// instead of socks5:// to have the proxy resolve names',
    });
  }
}
