// Local TLS over real sockets: who is let in, who is told why not, and that nobody stays for ever.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { BytesOnTheWay } from '../../test/bytes-on-the-way.ts';
import { cancelRequest, startupMessage } from '../../test/first-messages.ts';
import { type LocalTlsRig, startLocalTls } from '../../test/local-tls-rig.ts';

const tlsRequest = Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);
const gssRequest = Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30);
const alpn = { ALPNProtocols: ['postgresql'] };

/** The next bytes of the other side, as text. */
async function answerTo(near: Socket, sent: Buffer): Promise<string> {
  const answer = once(near, 'data') as Promise<[Buffer]>;
  near.write(sent);
  const [bytes] = await answer;
  return bytes.toString('latin1');
}

/** Sends one part after the other, each when the one before it has been read. */
async function sendApart({ near, far }: { readonly near: Socket; readonly far: Socket }, parts: readonly Buffer[]) {
  for (const part of parts) {
    const arrived = once(far, 'data');
    near.write(part);
    await arrived;
  }
}

/** Resolves when the socket is closed, by whichever end. */
function gone(socket: Socket): Promise<unknown> {
  // Unlike `once` of node:events, which takes an error for a failure of the wait.
  return new Promise((resolve) => socket.resume().once('close', resolve));
}

async function assertEchoes(client: TLSSocket): Promise<void> {
  const back = once(client, 'data') as Promise<[Buffer]>;
  client.write('across');
  assert.equal((await back)[0].toString(), 'across');
}

async function askAndHandshake(rig: LocalTlsRig, options = {}): Promise<TLSSocket> {
  const { near } = await rig.open();
  assert.equal(await answerTo(near, tlsRequest), 'S');
  return rig.handshake(near, options);
}

test('LocalTls understands a request for TLS that is split at any byte', async () => {
  await using rig = await startLocalTls();
  for (let at = 1; at < tlsRequest.length; at += 1) {
    const ends = await rig.open();
    const answer = once(ends.near, 'data');
    await sendApart(ends, [tlsRequest.subarray(0, at), tlsRequest.subarray(at)]);
    assert.equal(String(await answer), 'S');
    await assertEchoes(await rig.handshake(ends.near));
  }
  assert.equal(rig.served.length, tlsRequest.length - 1);
});

test('LocalTls lets whoever has been there longest go when too many have not encrypted, and none that has', async () => {
  await using rig = await startLocalTls({ mostArriving: 2 });
  const secured = [await askAndHandshake(rig), await askAndHandshake(rig), await askAndHandshake(rig)];
  await rig.letIn(3);
  const silent = await rig.open();
  const shaking = await rig.open();
  assert.equal(await answerTo(shaking.near, tlsRequest), 'S');
  await Promise.all([gone(silent.near), askAndHandshake(rig)]);
  await rig.letIn(4);
  await rig.open();
  await Promise.all([gone(shaking.near), rig.open()]);
  await rig.refused(2);
  for (const client of secured) await assertEchoes(client);
  assert.deepEqual(rig.refusals, ['too many clients have not encrypted yet', 'socket hang up']);
});

test('LocalTls hands over an encrypted socket, with ALPN or without', async () => {
  await using rig = await startLocalTls();
  for (const options of [{}, alpn]) await assertEchoes(await askAndHandshake(rig, options));
  assert.ok(rig.served.every((client) => client instanceof TLSSocket));
  assert.deepEqual(rig.refusals, []);
});

test('LocalTls says no to GSSAPI and yes to TLS, in one packet or one after the other', async () => {
  await using rig = await startLocalTls();
  const { near } = await rig.open();
  assert.equal(await answerTo(near, gssRequest), 'N');
  assert.equal(await answerTo(near, tlsRequest), 'S');
  await assertEchoes(await rig.handshake(near));

  const hasty = await rig.open();
  hasty.near.write(Buffer.concat([gssRequest, tlsRequest]));
  let answers = '';
  while (answers.length < 2) answers += String(await once(hasty.near, 'data'));
  assert.equal(answers, 'NS');
  await assertEchoes(await rig.handshake(hasty.near));
});

test('LocalTls refuses bytes that came unencrypted behind the request for TLS (CVE-2021-23222)', async () => {
  await using rig = await startLocalTls();
  for (const request of [tlsRequest, Buffer.concat([gssRequest, tlsRequest])]) {
    const { near } = await rig.open();
    near.write(Buffer.concat([request, startupMessage('me')]));
    const answer = (await buffer(near)).toString('latin1');
    assert.match(answer, /^N?E.*C08P01\0Malloydb-auth-proxy: received unencrypted data/s);
    near.destroy();
  }
  assert.deepEqual(rig.refusals, Array(2).fill('unencrypted data behind the request for TLS'));
  assert.equal(rig.served.length, 0);
});

test('LocalTls takes bytes in the clear after its yes for a broken handshake', async () => {
  await using rig = await startLocalTls();
  const { near } = await rig.open();
  assert.equal(await answerTo(near, tlsRequest), 'S');
  near.write(startupMessage('me'));
  await Promise.all([rig.refused(), gone(near)]);
  assert.equal(rig.served.length, 0);
});

test('LocalTls lets a cancel request in the clear pass, whole, however it is split', async () => {
  await using rig = await startLocalTls();
  const request = cancelRequest();
  for (let at = 1; at <= request.length; at += 1) {
    const ends = await rig.open();
    const echoed = once(ends.near, 'data') as Promise<[Buffer]>;
    ends.near.write(request.subarray(0, at));
    if (at < request.length) {
      await once(ends.far, 'data');
      ends.near.write(request.subarray(at));
    }
    assert.deepEqual((await echoed)[0], request);
    ends.near.destroy();
  }
  assert.ok(rig.served.every((client) => !(client instanceof TLSSocket)));
});

test('LocalTls serves direct TLS that names PostgreSQL, however its first record is split', async () => {
  await using rig = await startLocalTls();
  for (const firstLength of [1, 5, 100]) {
    const { near } = await rig.open();
    const way = new BytesOnTheWay(near, { splitAt: firstLength });
    const client = connectTls({ socket: way, host: 'localhost', ca: rig.authority.cert, ...alpn });
    await once(client, 'secureConnect');
    await assertEchoes(client);
    client.destroy();
  }
  assert.deepEqual(rig.refusals, []);
});

test('LocalTls turns direct TLS without ALPN, or with another protocol, away', async () => {
  await using rig = await startLocalTls();
  const nameless = await rig.handshake((await rig.open()).near);
  await gone(nameless);
  assert.deepEqual(rig.refusals, ['direct TLS without the ALPN protocol "postgresql"']);
  await assert.rejects(rig.handshake((await rig.open()).near, { ALPNProtocols: ['h2'] }), /no application protocol/);
  await rig.refused(2);
  assert.equal(rig.served.length, 0);
});

test('LocalTls survives a client that breaks its connection while it is turned away', async () => {
  await using rig = await startLocalTls();
  const { near } = await rig.open();
  // A record that nobody can decipher, in the packet that completes the handshake.
  const garbage = Buffer.concat([Buffer.of(0x17, 3, 3, 0, 32), Buffer.alloc(32, 1)]);
  const way = new BytesOnTheWay(near, { behindHandshake: garbage });
  const client = connectTls({ socket: way, host: 'localhost', ca: rig.authority.cert });
  client.on('error', () => undefined);
  await Promise.all([rig.refused(), gone(client)]);
  assert.equal(rig.served.length, 0);
});

test('LocalTls tells a client that does not ask for TLS what to do', async () => {
  await using rig = await startLocalTls();
  for (const sent of [startupMessage('me'), Buffer.concat([gssRequest, startupMessage('me')])]) {
    const { near } = await rig.open();
    near.write(sent);
    assert.match((await buffer(near)).toString('latin1'), /^N?E.*C28000\0.*sslmode=require/s);
    near.end();
  }
  const { near } = await rig.open();
  near.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  near.resume();
  await once(near, 'close');
  assert.equal(near.bytesRead, 0, 'another protocol gets no answer');
  assert.deepEqual(rig.refusals, Array(3).fill('it did not ask for TLS'));
  assert.equal(rig.served.length, 0);
});

test('LocalTls disconnects a client that greets too slowly, or stays behind in the handshake', async () => {
  await using rig = await startLocalTls({ limitMs: 50 });
  for (const greeting of [Buffer.alloc(0), tlsRequest.subarray(0, 7), gssRequest]) {
    const { near } = await rig.open();
    near.write(greeting);
    await gone(near);
  }
  assert.deepEqual(rig.refusals, Array(3).fill('no greeting in time'));
  const { near } = await rig.open();
  near.write(tlsRequest);
  await Promise.all([rig.refused(4), gone(near)]);
  assert.match(rig.refusals[3] ?? '', /handshake timeout/);
});

test('LocalTls forgets a client that leaves before its greeting is whole', async () => {
  await using rig = await startLocalTls();
  for (const leave of [(near: Socket) => near.end(), (near: Socket) => near.resetAndDestroy()]) {
    const { near, far } = await rig.open();
    near.write(tlsRequest.subarray(0, 3));
    await once(far, 'data');
    const closed = gone(far);
    leave(near);
    await closed;
    near.destroy();
  }
  assert.deepEqual([rig.refusals, rig.served], [[], []]);
});

test('LocalTls notices at once that a client ends its connection in the middle of the handshake', async () => {
  await using rig = await startLocalTls();
  for (const begun of [Buffer.alloc(0), Buffer.of(0x16, 3, 1, 2, 0, 1)]) {
    const { near } = await rig.open();
    assert.equal(await answerTo(near, tlsRequest), 'S');
    near.end(begun);
    await gone(near);
  }
  await rig.refused(2);
  assert.ok(
    rig.refusals.every((reason) => !reason.includes('timeout')),
    rig.refusals.join(),
  );
});

test('LocalTls lets an encrypted client stop sending and still hear the answer', async () => {
  await using rig = await startLocalTls();
  const client = await askAndHandshake(rig);
  client.end('last words');
  assert.equal((await buffer(client)).toString(), 'last words');
});

test('LocalTls with an authority for clients lets in only those with a certificate of it', async () => {
  await using rig = await startLocalTls({ needsCertificate: true });
  await assertEchoes(await askAndHandshake(rig, rig.authority.issue({ commonName: 'client' })));
  await using elsewhere = await startLocalTls();
  const foreign = elsewhere.authority;
  // With TLS 1.3 a client takes its handshake for done before the other side has judged its certificate.
  for (const [count, certificate] of [{}, foreign.issue({ commonName: 'stranger' })].entries()) {
    const turnedAway = await askAndHandshake(rig, certificate);
    await Promise.all([rig.refused(count + 1), gone(turnedAway)]);
  }
  assert.match(rig.refusals[0] ?? '', /peer did not return a certificate/);
  assert.match(rig.refusals[1] ?? '', /its certificate is not accepted: /);
  assert.equal(rig.served.length, 1);
});

test('LocalTls shows a new certificate once its files have changed, and keeps the old one when they cannot be used', async () => {
  await using rig = await startLocalTls();
  const before = await askAndHandshake(rig);
  const other = await rig.replaceFiles('another authority');
  await assertEchoes(await askAndHandshake(rig, { ca: other.cert }));
  assert.deepEqual(rig.reloads.map(String), ['undefined']);
  await assertEchoes(before);
  await rig.replaceFiles('no certificate');
  await assertEchoes(await askAndHandshake(rig, { ca: other.cert }));
  assert.match(rig.reloads.map(String)[1] ?? '', /^Error: /);
});

test('LocalTls.close disconnects clients at every stage, and may be called again', async () => {
  await using rig = await startLocalTls();
  const silent = (await rig.open()).near;
  const asked = (await rig.open()).near;
  assert.equal(await answerTo(asked, tlsRequest), 'S');
  const encrypted = await askAndHandshake(rig);
  await rig.letIn();
  const closed = [silent, asked, encrypted].map((client) => gone(client));
  rig.tls.close();
  rig.tls.close();
  await Promise.all(closed);
});
