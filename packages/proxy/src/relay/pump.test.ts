// One direction between real sockets: every byte arrives, and memory is given back no sooner than nobody needs it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { CertificateAuthority } from '../../test/local-tls-rig.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { pump } from './pump.ts';

interface Rig extends AsyncDisposable {
  readonly sender: Socket;
  readonly from: Socket;
  readonly to: Socket;
  readonly receiver: Socket;
}

async function rig(): Promise<Rig> {
  const left = await socketPair();
  const right = await socketPair();
  for (const socket of [left.near, left.far, right.near, right.far]) socket.on('error', () => undefined);
  return {
    sender: left.near,
    from: left.far,
    to: right.near,
    receiver: right.far,
    async [Symbol.asyncDispose]() {
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

test('pump carries pieces of every size to a receiver that stops and goes on', async () => {
  await using it = await rig();
  pump(it.from, it.to);
  const sent = randomBytes(6_000_000);
  const received = createHash('sha256');
  let pieces = 0;
  it.receiver.on('data', (chunk: Buffer) => {
    received.update(chunk);
    pieces += 1;
    if (pieces % 5 !== 0) return;
    it.receiver.pause();
    setImmediate(() => it.receiver.resume());
  });
  for (let at = 0, size = 1; at < sent.length; at += size, size = (size * 7) % 150_001) {
    if (!it.sender.write(sent.subarray(at, at + size))) await once(it.sender, 'drain');
  }
  it.sender.end();
  await once(it.receiver, 'end');
  assert.equal(received.digest('hex'), createHash('sha256').update(sent).digest('hex'));
});

test('pump gives the memory of large chunks back once they are written', async () => {
  await using it = await rig();
  const seen: Buffer[] = [];
  it.from.on('data', (chunk: Buffer) => seen.push(chunk)).pause();
  pump(it.from, it.to);
  it.sender.end(randomBytes(3_000_000));
  await buffer(it.receiver);
  const kept = seen.filter(({ byteLength }) => byteLength >= 16 * 1024);
  assert.ok(seen.some(({ byteLength }) => byteLength === 0));
  // Only what was written when there was no more room waits for the next time that everything has gone.
  assert.ok(kept.length < seen.length / 2, `${kept.length} of ${seen.length} are still there`);
});

/** TLS from `to` to `receiver`, on the connection of a rig. */
async function secured({ to, receiver }: Rig): Promise<{ readonly to: TLSSocket; readonly receiver: TLSSocket }> {
  const authority = new CertificateAuthority();
  const { cert, key } = authority.issue({ names: ['localhost'] });
  const secureReceiver = new TLSSocket(receiver, { isServer: true, cert, key });
  const secureTo = connectTls({ socket: to, ca: authority.cert, servername: 'localhost' });
  await once(secureTo, 'secureConnect');
  return { to: secureTo, receiver: secureReceiver };
}

test('pump keeps no chunk of a conversation over TLS, whose writes are done a moment later', async () => {
  await using it = await rig();
  const { to, receiver } = await secured(it);
  const seen: Buffer[] = [];
  it.from.on('data', (chunk: Buffer) => seen.push(chunk)).pause();
  pump(it.from, to);
  const received = createHash('sha256');
  const sent = createHash('sha256');
  const size = 20_000;
  let arrived = 0;
  receiver.on('data', (chunk: Buffer) => {
    received.update(chunk);
    arrived += chunk.length;
    if (arrived % size === 0) receiver.emit('message-arrived');
  });
  for (let n = 0; n < 50; n += 1) {
    const message = randomBytes(size);
    sent.update(message);
    const whole = once(receiver, 'message-arrived');
    it.sender.write(message);
    await whole;
  }
  assert.equal(received.digest('hex'), sent.digest('hex'));
  const kept = seen.filter(({ byteLength }) => byteLength >= 16 * 1024);
  assert.ok(kept.length <= 1, `${kept.length} of ${seen.length} chunks are still held`);
});

test('pump lets go of chunks whose destination never comes to an end with them', async () => {
  await using it = await rig();
  const { to, receiver } = await secured(it);
  let held = 0;
  // As when there is always a little left: nothing is ever said to be done.
  Object.defineProperty(to, 'writableLength', { get: () => 1 });
  it.from.on('data', () => (held += 1)).pause();
  pump(it.from, to);
  const message = randomBytes(20_000);
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  receiver.on('data', (chunk: Buffer) => {
    arrived += chunk.length;
    if (arrived === 200 * message.length) all.resolve();
    else if (arrived % message.length === 0) it.sender.write(message);
  });
  it.sender.write(message);
  await all.promise;
  assert.ok(held >= 200);
});

test('pump leaves alone what is a part of something larger', async () => {
  await using it = await rig();
  const whole = randomBytes(100_000);
  it.from.unshift(whole.subarray(0, 50_000));
  pump(it.from, it.to);
  it.sender.end();
  assert.deepEqual(await buffer(it.receiver), whole.subarray(0, 50_000));
  assert.equal(whole.byteLength, 100_000);
});

test('pump closes a destination that has ended itself, which gets all the same what was written', async () => {
  await using it = await rig();
  pump(it.from, it.to, { closes: true });
  it.receiver.end();
  await once(it.to.resume(), 'end');
  const sent = randomBytes(3_000_000);
  it.sender.end(sent);
  assert.deepEqual(await buffer(it.receiver), sent);
  if (!it.to.destroyed) await once(it.to, 'close');
});

test('pump only ends a destination that still sends', async () => {
  await using it = await rig();
  pump(it.from, it.to, { closes: true });
  it.sender.end('all');
  assert.equal((await buffer(it.receiver)).toString(), 'all');
  it.receiver.end('still there');
  assert.equal((await buffer(it.to)).toString(), 'still there');
});

test('pump.stop leaves what comes later in the source', async () => {
  await using it = await rig();
  const { stop } = pump(it.from, it.to);
  it.sender.write('carried');
  await once(it.receiver, 'readable');
  stop();
  stop();
  it.sender.end('left');
  it.to.end();
  assert.equal((await buffer(it.receiver)).toString(), 'carried');
  assert.equal((await buffer(it.from)).toString(), 'left');
});

test('pump stops when its destination is gone, and does not end the source', async () => {
  await using it = await rig();
  pump(it.from, it.to);
  it.to.destroy();
  await once(it.to, 'close');
  assert.ok(it.from.isPaused());
  assert.ok(!it.from.destroyed);
});
