// Arrivals over real sockets: who is let in, who is turned away, and what is told of the latter.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CertificateAuthority, writeCertificates } from '../../test/local-tls-rig.ts';
import { startupMessage } from '../../test/first-messages.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { portOf } from '../../test/socket-pair.ts';
import { AllowList } from '../config/allow-list.ts';
import type { LocalTlsConfig } from '../config/config.ts';
import { ClientRoom } from './client-room.ts';
import { RefusalRoom } from './refusal-room.ts';
import { Arrivals, type ArrivalsOptions } from './arrivals.ts';
import { type SessionEvent, sessionChannel } from './session-events.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ family }) => family === 'IPv6'),
);
const ipv6 = { skip: hasIpv6 ? false : 'this machine has no IPv6' };
const tlsRequest = Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);

interface Rig extends AsyncDisposable {
  readonly arrivals: Arrivals;
  readonly lines: readonly string[];
  readonly events: readonly SessionEvent[];
  /** Connects, and tells whether the client was let in. */
  readonly knock: (host: string) => Promise<boolean>;
  /** Connects and waits for nothing. */
  readonly open: (host?: string) => Promise<Socket>;
}

type Given = Partial<Pick<ArrivalsOptions, 'listenAt' | 'allowFrom' | 'localTls'>>;

async function startArrivals(given: Given, listenOn = '127.0.0.1'): Promise<Rig> {
  const { logger, lines } = recordLog();
  const events: SessionEvent[] = [];
  const onEvent = (event: unknown): void => void events.push(event as SessionEvent);
  sessionChannel.subscribe(onEvent);
  let lastId = 0;
  const arrivals = new Arrivals({
    instance: 'p.r.c.i',
    listenAt: { kind: 'tcp', host: listenOn, port: 0 },
    allowFrom: undefined,
    localTls: undefined,
    refusals: new RefusalRoom(),
    arriving: new ClientRoom<string>(100),
    logger,
    nextId: () => (lastId += 1),
    onClient: (client) => client.on('error', () => undefined).end('welcome'),
    ...given,
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => arrivals.take(client));
  server.listen(0, listenOn);
  await once(server, 'listening');
  const open = async (host = '127.0.0.1'): Promise<Socket> => {
    const socket = connect({ port: portOf(server), host, noDelay: true }).on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  return {
    arrivals,
    lines,
    events,
    open,
    async knock(host) {
      const socket = await open(host);
      return (await heard(socket)) === 'welcome';
    },
    async [Symbol.asyncDispose]() {
      sessionChannel.unsubscribe(onEvent);
      arrivals.close();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** All that comes until the connection is over, in whichever way. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

test('Arrivals lets everybody in when no list is given', async () => {
  await using rig = await startArrivals({});
  assert.equal(await rig.knock('127.0.0.1'), true);
  assert.deepEqual(rig.events, []);
});

test('Arrivals lets in the IPv4 peers that are named, and hangs up on others with a line and an event', async () => {
  await using named = await startArrivals({ allowFrom: new AllowList(['127.0.0.0/8']) });
  assert.equal(await named.knock('127.0.0.1'), true);
  assert.deepEqual(named.lines, []);

  await using others = await startArrivals({ allowFrom: new AllowList(['192.0.2.7']) });
  assert.equal(await others.knock('127.0.0.1'), false);
  assert.equal(await others.knock('127.0.0.1'), false);
  assert.match(others.lines[0] ?? '', /^\[p\.r\.c\.i\] refusing 127\.0\.0\.1:\d+: --allow-from does not name it$/);
  assert.deepEqual(
    others.events,
    [1, 2].map((id) => ({ at: 'refused', id, instance: 'p.r.c.i', reason: 'not-allowed' })),
  );
});

test('Arrivals takes an IPv4 peer of an IPv6 listener for what it is', ipv6, async () => {
  for (const [network, isIn] of [
    ['127.0.0.1', true],
    ['::1', false],
  ] as const) {
    await using rig = await startArrivals({ allowFrom: new AllowList([network]) }, '::');
    assert.equal(await rig.knock('127.0.0.1'), isIn, network);
  }
});

test('Arrivals lets in the IPv6 peers that are named', ipv6, async () => {
  for (const [network, isIn] of [
    ['::1', true],
    ['fd00::/8', false],
    ['127.0.0.1', false],
  ] as const) {
    await using rig = await startArrivals({ allowFrom: new AllowList([network]) }, '::1');
    assert.equal(await rig.knock('::1'), isIn, network);
    if (!isIn) assert.match(rig.lines[0] ?? '', /refusing \[::1\]:\d+: /);
  }
});

test('Arrivals of a Unix socket are judged by its modes alone', async () => {
  const listenAt = {
    kind: 'unix',
    path: '/not/listened/on/here',
    permissions: { mode: 0o600, groupId: undefined },
  } as const;
  await using rig = await startArrivals({
    listenAt,
    allowFrom: new AllowList(['192.0.2.7']),
    // Not even read.
    localTls: { cert: '/nonexistent', key: '/nonexistent', clientCa: undefined },
  });
  assert.equal(await rig.knock('127.0.0.1'), true);
});

interface Encrypted extends AsyncDisposable {
  readonly localTls: LocalTlsConfig;
}

async function certificates(): Promise<Encrypted> {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-arrivals-'));
  const paths = await writeCertificates(folder, new CertificateAuthority());
  return {
    localTls: { ...paths, clientCa: undefined },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test('Arrivals asks the list before it does TLS', async () => {
  await using files = await certificates();
  await using rig = await startArrivals({ ...files, allowFrom: new AllowList(['192.0.2.7']) });
  const socket = await rig.open();
  socket.write(tlsRequest);
  assert.equal(await heard(socket), '');
  assert.deepEqual(
    rig.events.map((event) => event.at === 'refused' && event.reason),
    ['not-allowed'],
  );
});

test('Arrivals tells of clients that local TLS turns away', async () => {
  await using files = await certificates();
  await using rig = await startArrivals(files);
  const socket = await rig.open();
  socket.write(startupMessage('me'));
  assert.match(await heard(socket), /C28000/);
  assert.match(rig.lines[0] ?? '', /^\[p\.r\.c\.i\] refusing 127\.0\.0\.1:\d+: local TLS: it did not ask for TLS$/);
  assert.deepEqual(rig.events, [{ at: 'refused', id: 1, instance: 'p.r.c.i', reason: 'local-tls' }]);
});

test('Arrivals survives a client that resets its connection before TLS is done', async () => {
  await using files = await certificates();
  await using rig = await startArrivals(files);
  for (const sent of [tlsRequest.subarray(0, 3), tlsRequest]) {
    const socket = await rig.open();
    socket.write(sent);
    if (sent.length === tlsRequest.length) await once(socket, 'data');
    socket.resetAndDestroy();
  }
  const next = await rig.open();
  next.write(tlsRequest);
  assert.equal(String(await once(next, 'data')), 'S');
});

test('Arrivals.close disconnects those that are not yet in', async () => {
  await using files = await certificates();
  await using rig = await startArrivals(files);
  const socket = await rig.open();
  socket.write(tlsRequest);
  await once(socket, 'data');
  const over = heard(socket);
  rig.arrivals.close();
  rig.arrivals.close();
  assert.equal(await over, '');
});

test('Arrivals with files that cannot be used does not start', () => {
  const localTls = { cert: '/nonexistent/cert.pem', key: '/nonexistent/key.pem', clientCa: undefined };
  const { logger } = recordLog();
  const listenAt = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const rest = { instance: 'i', listenAt, allowFrom: undefined, logger, nextId: () => 1, onClient: () => undefined };
  const room = { refusals: new RefusalRoom(), arriving: new ClientRoom<string>(100) };
  assert.throws(
    () => new Arrivals({ ...rest, ...room, localTls }),
    /cannot use --local-tls-cert \/nonexistent\/cert\.pem/,
  );
});
