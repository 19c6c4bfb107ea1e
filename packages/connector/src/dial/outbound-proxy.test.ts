// connectOutbound through real proxies in this process.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { LookupFunction, Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { type ConnectProxyOptions, startConnectProxy } from '../../test/connect-proxy.ts';
import { selfSigned } from '../../test/self-signed.ts';
import { type SocksServerOptions, startSocksServer } from '../../test/socks-server.ts';
import { fallSilent, listen, type TcpServer } from '../../test/tcp-server.ts';
import { connectOutbound } from './outbound-proxy.ts';
import { OutboundProxyError } from './proxy-error.ts';
import { parseProxyUrl } from './proxy-url.ts';
import type { Route } from './route.ts';

const signal = new AbortController().signal;
const login = { user: 'us er', password: 'p@ss:wörd' };
const userInfo = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
const hosts = { 'db.test': '127.0.0.1' };
const tls = selfSigned('proxy.test');

interface Started extends AsyncDisposable {
  readonly server: TcpServer & { readonly asked: readonly string[] };
  readonly route: Route;
}

async function socks(options: SocksServerOptions = {}, prefix = 'socks5h://'): Promise<Started> {
  const server = await startSocksServer({ hosts, ...options });
  const route = parseProxyUrl('ALL_PROXY', `${prefix}127.0.0.1:${server.port}`);
  return { server, route, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function http(options: ConnectProxyOptions = {}, prefix = 'http://', host = '127.0.0.1'): Promise<Started> {
  const server = await startConnectProxy({ hosts, ...options });
  const route = parseProxyUrl('HTTPS_PROXY', `${prefix}${host}:${server.port}`);
  return { server, route, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Names for this process alone. */
function lookupIn(table: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (host, { all }, callback) => {
    const addresses = (table[host] ?? []).map((address) => ({ address, family: 4 }));
    if (addresses[0] === undefined) return callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    if (all === true) return callback(null, addresses);
    callback(null, addresses[0].address, 4);
  };
}

const lookup = lookupIn({ 'db.test': ['127.0.0.1'], 'proxy.test': ['127.0.0.1'] });

/** Repeats what it hears, and answers the end with a farewell: a half-closed connection shows by it. */
function startEcho(): Promise<TcpServer> {
  return listen((socket) => {
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('end', () => socket.end(' and bye'));
  });
}

async function failure(work: Promise<Socket>): Promise<OutboundProxyError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof OutboundProxyError, inspect(error));
    return error;
  }
  return assert.fail('it connected');
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const own = getCACertificates('default');
before(() => setDefaultCACertificates([...own, tls.cert]));
after(() => setDefaultCACertificates(own));

const direct = async (): Promise<Started> => {
  const server = { ...(await listen(() => undefined)), asked: [] };
  return { server, route: { via: 'direct' }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};

const kinds: Readonly<Record<string, () => Promise<Started>>> = {
  'no proxy': direct,
  'SOCKS5 with names resolved there': () => socks(),
  'SOCKS5 with names resolved here': () => socks({}, 'socks5://'),
  'SOCKS5 with a login': () => socks({ login }, `socks5h://${userInfo}@`),
  'SOCKS5 in single bytes': () => socks({ login, dribble: true }, `socks5h://${userInfo}@`),
  'SOCKS5 that is bound to an IPv6 address': () => socks({ bound: 'ipv6' }),
  'SOCKS5 that is bound to a name': () => socks({ bound: 'name' }),
  'HTTP CONNECT': () => http(),
  'HTTP CONNECT with a login': () => http({ login: `${login.user}:${login.password}` }, `http://${userInfo}@`),
  'HTTP CONNECT over TLS': () => http({ tls }, 'https://', 'proxy.test'),
};

for (const [kind, start] of Object.entries(kinds)) {
  describe(`connectOutbound by ${kind}`, () => {
    test('carries bytes both ways, and the answer that comes after our end', async () => {
      await using target = await startEcho();
      await using proxy = await start();
      const socket = await connectOutbound(
        { host: 'db.test', port: target.port },
        { route: proxy.route, lookup, signal },
      );
      assert.equal(socket.allowHalfOpen, true);
      socket.end('hello');
      assert.equal(await readAll(socket), 'hello and bye');
    });

    test('still sends after the other side has ended', async () => {
      const heard: string[] = [];
      const ended = Promise.withResolvers<void>();
      await using target = await listen((socket) => {
        socket.end('bye');
        socket.on('data', (chunk) => heard.push(String(chunk)));
        socket.on('end', ended.resolve);
      });
      await using proxy = await start();
      const socket = await connectOutbound(
        { host: 'db.test', port: target.port },
        { route: proxy.route, lookup, signal },
      );
      socket.resume();
      await once(socket, 'end');
      socket.end('last words');
      await ended.promise;
      assert.equal(heard.join(''), 'last words');
    });

    test('leaves a socket that survives a reset without a listener of the caller', async () => {
      await using target = await listen((socket) => void socket.once('data', () => socket.resetAndDestroy()));
      await using proxy = await start();
      const socket = await connectOutbound(
        { host: 'db.test', port: target.port },
        { route: proxy.route, lookup, signal },
      );
      // events.once would listen for the error.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('end', () => socket.end());
      socket.resume();
      socket.write('hello');
      await closed;
      await target.untilOpen(0);
    });
  });
}

test('connectOutbound gives back the bytes that come with the reply of an HTTP proxy', async () => {
  await using target = await startEcho();
  await using proxy = await http({ sendBehindReply: 'early, ' });
  const socket = await connectOutbound({ host: 'db.test', port: target.port }, { route: proxy.route, signal });
  // Later than any immediate: nothing may have flowed away in the meantime.
  await new Promise((resolve) => setTimeout(resolve, 1));
  socket.end('hello');
  assert.equal(await readAll(socket), 'early, hello and bye');
});

test('connectOutbound gives back the bytes that come with the reply of a SOCKS5 proxy', async () => {
  await using target = await startEcho();
  await using proxy = await socks({ sendBehindReply: 'early, ' });
  const socket = await connectOutbound({ host: 'db.test', port: target.port }, { route: proxy.route, signal });
  await new Promise((resolve) => setTimeout(resolve, 1));
  const chunks: string[] = [];
  socket.on('data', (chunk) => chunks.push(String(chunk)));
  socket.end('hello');
  await once(socket, 'end');
  assert.equal(chunks.join(''), 'early, hello and bye');
});

test('connectOutbound sends a name to a socks5h proxy and an address to a socks5 one', async () => {
  await using target = await startEcho();
  await using there = await socks();
  await using here = await socks({}, 'socks5://');
  for (const { route } of [there, here]) {
    (await connectOutbound({ host: 'db.test', port: target.port }, { route, lookup, signal })).destroy();
  }
  assert.deepEqual(there.server.asked, [`name db.test:${target.port}`]);
  assert.deepEqual(here.server.asked, [`ipv4 127.0.0.1:${target.port}`]);
});

test('connectOutbound writes IPv6 addresses as SOCKS5 and as HTTP want them', async () => {
  await using bySocks = await socks({ refuseWith: 4 });
  await using byHttp = await http({ answer: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' });
  for (const host of ['fd00::5', '::ffff:10.0.0.5', '1:2:3:4:5:6:7:8', '::']) {
    await failure(connectOutbound({ host, port: 5433 }, { route: bySocks.route, signal }));
  }
  await failure(connectOutbound({ host: 'fd00::5', port: 5433 }, { route: byHttp.route, signal }));
  assert.deepEqual(bySocks.server.asked, [
    'ipv6 fd00:0000:0000:0000:0000:0000:0000:0005:5433',
    'ipv6 0000:0000:0000:0000:0000:ffff:0a00:0005:5433',
    'ipv6 0001:0002:0003:0004:0005:0006:0007:0008:5433',
    'ipv6 0000:0000:0000:0000:0000:0000:0000:0000:5433',
  ]);
  assert.deepEqual(byHttp.server.asked, ['fd00::5:5433']);
});

test('connectOutbound tries the addresses of a name in turn, directly and by SOCKS5', async () => {
  await using target = await startEcho();
  // Nothing listens at the first address.
  const two = lookupIn({ 'db.test': ['127.0.0.9', '127.0.0.1'] });
  await using proxy = await socks({}, 'socks5://');
  for (const route of [{ via: 'direct' } as const, proxy.route]) {
    const socket = await connectOutbound({ host: 'db.test', port: target.port }, { route, lookup: two, signal });
    socket.end('hello');
    assert.equal(await readAll(socket), 'hello and bye');
  }
  assert.deepEqual(proxy.server.asked, [`ipv4 127.0.0.9:${target.port}`, `ipv4 127.0.0.1:${target.port}`]);
});

const refusals: readonly (readonly [what: string, start: () => Promise<Started>, step: string, message: RegExp])[] = [
  ['a SOCKS5 rule', () => socks({ refuseWith: 2 }), 'connect', /refused to connect: its rules do not allow it/],
  ['a target that refuses', () => socks({ refuseWith: 5 }), 'connect', /refused to connect: connection refused/],
  ['a code of its own', () => socks({ refuseWith: 77 }), 'connect', /refused to connect: code 77/],
  ['a name that is unknown there', () => socks({ hosts: {} }), 'connect', /refused to connect: no route to host/],
  ['a missing SOCKS5 login', () => socks({ login }), 'login', /wants a user and password/],
  [
    'a wrong SOCKS5 login',
    () => socks({ login }, 'socks5h://us%20er:hunter2@'),
    'login',
    /does not accept the user and password/,
  ],
  ['a SOCKS5 proxy that ends', () => socks({ endAt: 'request' }), 'connect', /closed the connection/],
  [
    'a missing HTTP login',
    () => http({ login: 'a:b' }),
    'login',
    /answered "HTTP\/1.1 407 Proxy Authentication Required"/,
  ],
  ['a wrong HTTP login', () => http({ login: 'a:b' }, 'http://a:hunter2@'), 'login', /answered "HTTP\/1.1 407/],
  [
    'a wrong login, said with 401',
    () => http({ answer: 'HTTP/1.0 401 Unauthorized\r\n\r\n' }),
    'login',
    /answered "HTTP\/1.0 401/,
  ],
  ['an HTTP rule', () => http({ answer: 'HTTP/1.0 403 No\x07\r\n\r\n' }), 'connect', /answered "HTTP\/1.0 403 No\?"/],
  ['an HTTP proxy that ends', () => http({ answer: 'HTTP/1.1 200' }), 'connect', /closed the connection/],
  ['no HTTP at all', () => http({ answer: 'SSH-2.0-x\r\n\r\n' }), 'connect', /does not answer as an HTTP proxy/],
  ['an endless answer', () => http({ answer: 'x'.repeat(20_000) }), 'connect', /answers without end/],
  [
    'TLS that nobody vouches for',
    () => http({ tls: selfSigned('proxy.test') }, 'https://', 'proxy.test'),
    'reach',
    /self-signed/,
  ],
  ['a certificate of another host', () => http({ tls }, 'https://', 'db.test'), 'reach', /altnames|does not match/],
];

for (const [what, start, step, message] of refusals) {
  test(`connectOutbound says why it failed: ${what}`, async () => {
    await using proxy = await start();
    const error = await failure(connectOutbound({ host: 'db.test', port: 1 }, { route: proxy.route, lookup, signal }));
    assert.match(error.message, message);
    assert.equal(error.step, step);
    assert.doesNotMatch(inspect(error, { depth: 5, showHidden: true }), /hunter2/);
    // A TLS server that allows half-open connections does not notice that a client left in the handshake.
    if (step !== 'reach') await proxy.server.untilOpen(0);
  });
}

test('connectOutbound takes an HTTP proxy for no SOCKS5 proxy, and the other way round', async () => {
  await using httpProxy = await listen(
    (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  const route = parseProxyUrl('ALL_PROXY', `socks5h://127.0.0.1:${httpProxy.port}`);
  const error = await failure(connectOutbound({ host: 'db.test', port: 1 }, { route, signal }));
  assert.match(error.message, /does not answer as a SOCKS5 proxy/);
});

test('connectOutbound tells a proxy that cannot be reached from a target that cannot', async () => {
  const closed = await listen(() => undefined);
  await closed[Symbol.asyncDispose]();
  for (const scheme of ['socks5h', 'http', 'https']) {
    const route = parseProxyUrl('ALL_PROXY', `${scheme}://u:hunter2@127.0.0.1:${closed.port}`);
    const error = await failure(connectOutbound({ host: 'db.test', port: 1 }, { route, signal }));
    assert.equal(error.step, 'reach');
    assert.equal(error.message, 'the proxy cannot be reached: connection refused');
    assert.doesNotMatch(inspect(error, { depth: 5, showHidden: true }), /hunter2/);
  }
});

test('connectOutbound names a target that cannot be resolved here', async () => {
  await using proxy = await socks({}, 'socks5://');
  const error = await failure(
    connectOutbound({ host: 'nowhere.test', port: 1 }, { route: proxy.route, lookup, signal }),
  );
  assert.match(error.message, /cannot be resolved here: no such host/);
  assert.match(error.hint ?? '', /socks5h/);
});

const phases: Readonly<Record<string, () => Promise<Started>>> = {
  'the SOCKS5 greeting': () => socks({ silentAt: 'greeting' }),
  'the SOCKS5 login': () => socks({ silentAt: 'login', login }, `socks5h://${userInfo}@`),
  'the SOCKS5 request': () => socks({ silentAt: 'request' }),
  'the CONNECT request': () => http({ silent: true }),
  'the TLS handshake with the proxy': async () => {
    const server = { ...(await listen(fallSilent)), asked: [] };
    const route = parseProxyUrl('HTTPS_PROXY', `https://127.0.0.1:${server.port}`);
    return { server, route, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

for (const [phase, start] of Object.entries(phases)) {
  test(`connectOutbound leaves no socket behind when aborted during ${phase}`, async () => {
    await using proxy = await start();
    const abort = new AbortController();
    const attempt = connectOutbound({ host: 'db.test', port: 1 }, { route: proxy.route, signal: abort.signal });
    await proxy.server.untilOpen(1);
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('gone');
    abort.abort(reason);
    await assert.rejects(attempt, reason);
    await proxy.server.untilOpen(0);
  });
}

test('connectOutbound rejects at once when aborted while a name is looked up', async () => {
  await using proxy = await socks({}, 'socks5://');
  const asked = Promise.withResolvers<void>();
  const abort = new AbortController();
  const options = { route: proxy.route, lookup: () => asked.resolve(), signal: abort.signal };
  const attempt = connectOutbound({ host: 'db.test', port: 1 }, options);
  await asked.promise;
  abort.abort(new Error('gone'));
  await assert.rejects(attempt, /gone/);
});

test('connectOutbound does nothing under a signal that is already aborted', async () => {
  await using proxy = await socks();
  const options = { route: proxy.route, signal: AbortSignal.abort(new Error('gone')) };
  await assert.rejects(connectOutbound({ host: 'db.test', port: 1 }, options), /gone/);
  assert.equal(proxy.server.open(), 0);
});
