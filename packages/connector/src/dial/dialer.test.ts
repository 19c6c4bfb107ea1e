// Dials to real servers that answer, refuse, stall, break off and leak nothing.

import assert from 'node:assert/strict';
import { getEventListeners, once, setMaxListeners } from 'node:events';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { test } from 'node:test';
import { CertificateAuthority } from '../../test/certificate-authority.ts';
import { address, DialRig } from '../../test/dial-rig.ts';
import {
  type Answer,
  errorReply,
  type InstanceServer,
  okReply,
  startInstanceServer,
} from '../../test/instance-server.ts';
import { settle } from '../../test/manual-clock.ts';
import { fallSilent, listen } from '../../test/tcp-server.ts';
import { connectTcp } from './tcp.ts';

const rig = new DialRig();
const never = new AbortController().signal;
const instance = 'projects/p/locations/r/clusters/c/instances/i';

function serverThat(answer?: Answer, tls: TlsOptions = rig.server): Promise<InstanceServer> {
  return startInstanceServer(tls, answer);
}

function dial(server: { readonly port: number }, signal = never) {
  return rig.dialerTo(server.port).dial(rig.request(), signal);
}

/** Dials a server of this kind, which must fail so and leave the server without a connection. */
async function failsWith(expected: object, { answer, tls }: { answer?: Answer; tls?: TlsOptions }): Promise<void> {
  await using server = await serverThat(answer, tls);
  await assert.rejects(dial(server), { instance, ...expected });
  await server.untilOpen(0);
}

function saying(reply: Buffer): { readonly answer: Answer } {
  return { answer: (socket) => socket.write(reply) };
}

test('Dialer.dial tells the server who asks, and gives the stream with every byte behind the reply in it', async () => {
  await using server = await serverThat((socket) => socket.write(Buffer.concat([okReply, Buffer.from('hello')])));
  const { socket, choice, isCurrent: _, ...rest } = await dial(server);
  assert.deepEqual(rest, { address: `${address}:5433`, ipType: 'PRIVATE', route: 'directly' });
  assert.equal(choice, 'PRIVATE was asked for');
  assert.equal(server.requests[0], '\n\x06test/1\x10\x01\x1a\x09api-token');
  await settle();
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.equal(bytes.toString(), 'hello');
  socket.destroy();
  await server.untilOpen(0);
});

test('Dialer.dial sends the login token for an IAM login', async () => {
  await using server = await serverThat();
  const { socket } = await rig.dialerTo(server.port).dial({ ...rig.request(), authType: 'AUTO_IAM' }, never);
  socket.destroy();
  assert.equal(server.requests[0], '\n\x06test/1\x10\x02\x1a\x0blogin-token');
});

test('Dialer.dial opens the connection at the dial address and checks the certificate for the instance', async () => {
  await using server = await serverThat();
  const dialer = rig.dialer((target, signal) => connectTcp(target, signal));
  const request = { ...rig.request(), dialAddress: `127.0.0.1:${server.port}` };
  const connection = await dialer.dial(request, never);
  assert.equal(connection.address, `127.0.0.1:${server.port}`);
  connection.socket.destroy();
  await assert.rejects(
    dialer.dial({ ...rig.request({ PRIVATE: '10.0.0.6' }), dialAddress: request.dialAddress }, never),
    { code: 'SERVER_CERTIFICATE_REJECTED' },
  );
  await server.untilOpen(0);
});

const untrusted: readonly (readonly [string, TlsOptions])[] = [
  ['for another address', rig.authority.issue({ names: ['10.0.0.6'] })],
  ['with the address as its common name alone', rig.authority.issue({ commonName: address })],
  ['that has expired', rig.authority.issue({ names: [address], notAfter: Date.now() - 60_000 })],
  ['of another authority', new CertificateAuthority('other').issue({ names: [address] })],
];
for (const [what, tls] of untrusted) {
  test(`Dialer.dial fails with SERVER_CERTIFICATE_REJECTED for a certificate ${what}`, async () => {
    const message = /^Cannot complete the TLS handshake with "10\.0\.0\.5:5433": /;
    await failsWith({ code: 'SERVER_CERTIFICATE_REJECTED', message }, { tls });
  });
}

test('Dialer.dial fails with TLS_FAILED when the server speaks only TLS 1.2', async () => {
  await failsWith({ code: 'TLS_FAILED' }, { tls: { ...rig.server, maxVersion: 'TLSv1.2' } });
});

test('Dialer.dial fails with TLS_FAILED when the server does not speak TLS at all', async () => {
  await using server = await listen((socket) => fallSilent(socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await assert.rejects(dial(server), { code: 'TLS_FAILED' });
  await server.untilOpen(0);
});

test('Dialer.dial fails with CONNECT_FAILED when nobody listens', async () => {
  const gone = await listen(() => undefined);
  await gone[Symbol.asyncDispose]();
  await assert.rejects(dial(gone), {
    code: 'CONNECT_FAILED',
    message: 'Cannot connect to "10.0.0.5:5433" directly: connection refused',
    hint: /5433/,
  });
});

const refusals: readonly (readonly [string, Answer])[] = [
  ['ends', (socket) => socket.end()],
  ['resets the connection', (_, { reset }) => reset()],
];
for (const [what, answer] of refusals) {
  test(`Dialer.dial takes a server that ${what} before its reply for one that refuses the certificate`, async () => {
    await failsWith({ code: 'CLIENT_CERTIFICATE_REFUSED' }, { answer });
  });
}

test('Dialer.dial takes a TLS alert behind the handshake for a refusal of the certificate', async () => {
  const tls = { ...rig.server, requestCert: true, rejectUnauthorized: true, ca: rig.authority.cert };
  await using server = await serverThat(undefined, tls);
  const request = rig.request();
  // No certificate at all is what OpenSSL itself answers by an alert; node ends the connection for any other reason.
  const info = { ...request.info, secureContext: createSecureContext({ ca: rig.authority.cert }) };
  await assert.rejects(rig.dialerTo(server.port).dial({ ...request, info }, never), {
    code: 'CLIENT_CERTIFICATE_REFUSED',
    message: /alert certificate required/,
  });
  await server.untilOpen(0);
});

test('Dialer.dial takes an end within the reply for a broken exchange', async () => {
  const answers: readonly Answer[] = [
    (socket) => socket.end(okReply.subarray(0, 3)),
    (socket, { reset }) => socket.write(okReply.subarray(0, 5), reset),
  ];
  for (const answer of answers) {
    await failsWith({ code: 'EXCHANGE_FAILED' }, { answer });
  }
});

test('Dialer.dial drops the token that the server calls invalid, and no other', async () => {
  rig.dropped.length = 0;
  await failsWith({ code: 'EXCHANGE_REFUSED' }, saying(errorReply('Request had insufficient scopes.')));
  assert.deepEqual(rig.dropped, []);
  const text = 'Request had invalid authentication credentials.';
  const message = `The server at "10.0.0.5:5433" refused the connection: ${text}`;
  await failsWith({ code: 'EXCHANGE_UNAUTHENTICATED', message }, saying(errorReply(text)));
  assert.deepEqual(rig.dropped, ['api-token']);
});

test('Dialer.dial takes a reply that says neither yes nor no for a broken exchange', async () => {
  await failsWith({ code: 'EXCHANGE_FAILED', message: /without saying yes or no$/ }, saying(Buffer.of(0, 0, 0, 0)));
});

test("Dialer.dial hands on PostgreSQL's own error", async () => {
  const fields = Buffer.from('SFATAL\0C53300\0Mtoo many clients\0\0');
  const raw = Buffer.concat([Buffer.from('E'), Buffer.of(0, 0, 0, fields.length + 4), fields]);
  await failsWith({ code: 'SERVER_ERROR', raw }, saying(raw));
});

test('Dialer.dial rejects at once when it is aborted while TCP is stalled', async () => {
  const asked = Promise.withResolvers<void>();
  // A name server that never answers stalls a real socket before its connection.
  const lookup = (): void => asked.resolve();
  const dialer = rig.dialer((_, signal) => connectTcp({ host: 'stalled.invalid', port: 1, lookup }, signal));
  await endsAtOnce((signal) => dialer.dial(rig.request(), signal), asked.promise);
});

test('Dialer.dial rejects at once when it is aborted while TLS is stalled, and hangs up', async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await listen((socket) => fallSilent(socket.once('data', () => arrived.resolve())));
  await endsAtOnce((signal) => dial(server, signal), arrived.promise);
  await server.untilOpen(0);
});

test('Dialer.dial rejects at once when it is aborted while the exchange is stalled, and hangs up', async () => {
  for (const part of [0, 2, 5]) {
    const arrived = Promise.withResolvers<void>();
    await using server = await serverThat((socket) => {
      if (part > 0) socket.write(okReply.subarray(0, part));
      arrived.resolve();
    });
    await endsAtOnce((signal) => dial(server, signal), arrived.promise);
    await server.untilOpen(0);
  }
});

test('Dialer.dial does not connect when it was aborted before', async (t) => {
  const connect = t.mock.fn(connectTcp);
  await assert.rejects(rig.dialer(connect).dial(rig.request(), AbortSignal.abort(new Error('too late'))), /too late/);
  await assert.rejects(
    connectTcp({ host: '127.0.0.1', port: 1 }, AbortSignal.abort(new Error('too late'))),
    /too late/,
  );
});

const everyAddress = { PRIVATE: address, PSC: 'a.psc.goog', PUBLIC: '34.0.0.1' } as const;

test('Dialer.dial with AUTO goes from PRIVATE over PSC to PUBLIC, and says why', async () => {
  await using server = await serverThat();
  const asked: string[] = [];
  const dialer = rig.dialer((target, signal) => {
    asked.push(`${target.host}:${target.port}`);
    // Port 1 of the loopback refuses: nobody but root can listen there.
    const port = target.host === everyAddress.PUBLIC ? server.port : 1;
    return connectTcp({ host: '127.0.0.1', port }, signal);
  });
  const { socket, ipType, choice } = await dialer.dial(rig.request(everyAddress, 'AUTO'), never);
  socket.destroy();
  assert.deepEqual(asked, ['10.0.0.5:5433', 'a.psc.goog:5433', '34.0.0.1:5433']);
  assert.equal(ipType, 'PUBLIC');
  assert.equal(
    choice,
    'AUTO chose PUBLIC after PRIVATE (10.0.0.5): connection refused; PSC (a.psc.goog): connection refused',
  );
});

test('Dialer.dial with AUTO stays with an address where something answers', async (t) => {
  await using server = await serverThat((socket) => socket.end());
  const connect = t.mock.fn((_: unknown, signal: AbortSignal) =>
    connectTcp({ host: '127.0.0.1', port: server.port }, signal),
  );
  await assert.rejects(rig.dialer(connect).dial(rig.request(everyAddress, 'AUTO'), never), {
    code: 'CLIENT_CERTIFICATE_REFUSED',
  });
  assert.equal(connect.mock.callCount(), 1);
});

test('Dialer.dial with AUTO leaves a silent address after five seconds when there is another', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using server = await serverThat();
  const asked = Promise.withResolvers<void>();
  const dialer = rig.dialer((target, signal) => {
    if (target.host !== address) return connectTcp({ host: '127.0.0.1', port: server.port }, signal);
    asked.resolve();
    return connectTcp({ host: 'stalled.invalid', port: 1, lookup: () => undefined }, signal);
  });
  const dialling = dialer.dial(rig.request(everyAddress, 'AUTO'), never);
  await asked.promise;
  t.mock.timers.tick(5_000);
  const { socket, choice } = await dialling;
  socket.destroy();
  assert.equal(choice, 'AUTO chose PSC after PRIVATE (10.0.0.5): no answer within 5 s');
});

test('Dialer.dial leaves no listener, timer or socket behind, however often it is called', async (t) => {
  const warned = t.mock.fn();
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  await using server = await serverThat((socket, { earlier }) => {
    if (earlier % 2 === 0) socket.write(okReply);
    else socket.end();
  });
  const { signal } = new AbortController();
  // One signal for all of them, as a connector's own: a listener that stayed would be the second of its kind soon.
  setMaxListeners(5, signal);
  for (let round = 0; round < 25; round += 1) {
    const dials = await Promise.allSettled(Array.from({ length: 8 }, () => dial(server)));
    for (const result of dials) if (result.status === 'fulfilled') result.value.socket.destroy();
    const alone = await dial(server, signal).catch(() => undefined);
    alone?.socket.destroy();
  }
  await server.untilOpen(0);
  await settle();
  const left = process.getActiveResourcesInfo().filter((name) => /Socket|TLS|Connect|Timeout/.test(name));
  assert.deepEqual(left, []);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  assert.equal(warned.mock.callCount(), 0);
});

/** Aborts a dial that has come as far as `stalled`: it must be over within one turn of the event loop. */
async function endsAtOnce(start: (signal: AbortSignal) => Promise<unknown>, stalled: Promise<void>): Promise<void> {
  const controller = new AbortController();
  const reason = new Error('enough');
  let ending: unknown = 'none yet';
  const over = start(controller.signal).catch((error: unknown) => {
    ending = error;
  });
  await Promise.race([stalled, over]);
  controller.abort(reason);
  await settle();
  assert.equal(ending, reason);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
}
