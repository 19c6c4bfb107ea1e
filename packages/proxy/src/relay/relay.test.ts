// The relay between real sockets: half-close, resets, backpressure, timers.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type SocketPair, socketPair } from '../../test/socket-pair.ts';
import type { CloseReason } from './close-reason.ts';
import { type RelayOptions, relay } from './relay.ts';

interface Rig extends AsyncDisposable {
  /** The program that uses the proxy. */
  readonly client: Socket;
  /** The database. */
  readonly database: Socket;
  readonly inner: { readonly client: Socket; readonly instance: Socket };
  readonly ended: Promise<CloseReason>;
}

async function rig(options?: RelayOptions): Promise<Rig> {
  const left: SocketPair = await socketPair();
  const right: SocketPair = await socketPair();
  for (const socket of [left.near, left.far, right.near, right.far]) socket.on('error', () => undefined);
  const { ended } = relay(left.far, right.near, options);
  return {
    client: left.near,
    database: right.far,
    inner: { client: left.far, instance: right.near },
    ended,
    async [Symbol.asyncDispose]() {
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

test('relay keeps the reply that comes after the client has stopped sending', async () => {
  await using it = await rig();
  it.client.end('question');
  assert.equal((await buffer(it.database)).toString(), 'question');
  it.database.end('a late reply');
  assert.equal((await buffer(it.client)).toString(), 'a late reply');
  assert.deepEqual(await it.ended, { by: 'client' });
});

test('relay keeps what the client still sends after the instance has stopped sending', async () => {
  await using it = await rig();
  it.database.end('bye');
  assert.equal((await buffer(it.client)).toString(), 'bye');
  it.client.end('last words');
  assert.equal((await buffer(it.database)).toString(), 'last words');
  assert.deepEqual(await it.ended, { by: 'instance' });
});

/** All that comes until the other side ends. `buffer` would destroy the socket then, with what it has yet to send. */
async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

function sum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('relay carries megabytes both ways at once without a change', async () => {
  await using it = await rig();
  const up = randomBytes(3_000_000);
  const down = randomBytes(5_000_000);
  it.client.end(up);
  it.database.end(down);
  const [gotUp, gotDown] = await Promise.all([readToEnd(it.database), readToEnd(it.client)]);
  assert.equal(sum(gotUp), sum(up));
  assert.equal(sum(gotDown), sum(down));
  await it.ended;
});

test('relay ends the other side when one is reset, and names who it was', async () => {
  for (const by of ['client', 'instance'] as const) {
    await using it = await rig();
    const [resetting, other] = by === 'client' ? [it.client, it.database] : [it.database, it.client];
    const noticed = buffer(other);
    resetting.resetAndDestroy();
    const reason = await it.ended;
    assert.equal(reason.by, by);
    assert.match(reason.error?.message ?? '', /ECONNRESET/);
    assert.equal((await noticed).length, 0);
  }
});

test('relay delivers what was read from a side before it was destroyed', async () => {
  await using it = await rig();
  it.database.write('the last row');
  await once(it.inner.instance, 'data');
  it.inner.instance.destroy();
  assert.equal((await buffer(it.client)).toString(), 'the last row');
});

test('relay stops reading from a side whose other side does not read', async () => {
  await using it = await rig();
  it.client.pause();
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  // Written until nothing moves any more: socket buffers are full and the relay has stopped reading.
  for (let still = 0; still < 20; ) {
    if (it.database.writableNeedDrain) {
      await new Promise((resolve) => setImmediate(resolve));
      still += 1;
    } else {
      it.database.write(chunk);
      sent += chunk.length;
      still = 0;
    }
    assert.ok(sent < 64 * 1024 * 1024, 'the relay swallows without end');
  }
  const held = it.inner.client.writableLength + it.inner.instance.readableLength;
  assert.ok(held <= 512 * 1024, `the relay holds ${held} bytes`);
});

test('relay ends a half-closed session when the open direction is idle for too long', async () => {
  await using it = await rig({ halfCloseIdleMs: 50 });
  it.client.end();
  it.client.resume();
  assert.deepEqual(await it.ended, { by: 'client' });
});

test('relay counts idle time and not the total once a side has ended', async () => {
  await using it = await rig({ halfCloseIdleMs: 3_600_000 });
  it.client.end();
  const reply = buffer(it.client);
  await once(it.inner.client, 'end');
  // Node counts an idle time by itself: what the relay has to do is to arm it, on the side that is still open.
  assert.equal(it.inner.instance.timeout, 3_600_000);
  it.database.end('x');
  assert.equal((await reply).length, 1);
});

test('relay tells that nothing is sent, again and again until somebody ends the session', async () => {
  const told = Promise.withResolvers<void>();
  let times = 0;
  const onLimit = (): void => {
    times += 1;
    if (times === 2) told.resolve();
    // The first one says something, which counts as being sent.
    else it.inner.client.write('still there?');
  };
  await using it = await rig({ idle: { limitMs: 30, onLimit } });
  const [question] = (await once(it.client, 'data')) as [Buffer];
  assert.equal(question.toString(), 'still there?');
  await told.promise;
  assert.equal(it.inner.client.destroyed, false, 'the relay itself ends nothing');
});

for (const [name, limitMs, expected] of [
  ['a shorter one stays', 60_000, 60_000],
  ['a longer one gives way', 3_600_000, 600_000],
] as const) {
  test(`relay has one timeout for the client of an instance that has ended: ${name}`, async () => {
    await using it = await rig({ idle: { limitMs, onLimit: () => undefined } });
    assert.equal(it.inner.client.timeout, limitMs);
    it.database.end();
    await once(it.inner.instance, 'end');
    assert.equal(it.inner.client.timeout, expected);
    assert.equal(it.inner.client.listenerCount('timeout'), 1);
  });
}

test('relay settles when a side was gone before it began', async () => {
  const left = await socketPair();
  const right = await socketPair();
  for (const socket of [left.near, left.far, right.near, right.far]) socket.on('error', () => undefined);
  right.near.destroy();
  await once(right.near, 'close');
  const reason = await relay(left.far, right.near).ended;
  assert.equal(reason.by, 'instance');
  left.near.destroy();
});
