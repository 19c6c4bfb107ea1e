// What a client says before its instance is connected, over real sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { cancelRequest, startupMessage } from '../../test/first-messages.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { FirstBytes } from './first-bytes.ts';

const startup = startupMessage('app');

async function hold() {
  const pair = await socketPair();
  const { near: client, far: held } = pair;
  for (const socket of [client, held]) socket.on('error', () => undefined);
  const listeners = listenersOf(held);
  const hungUp = Promise.withResolvers<void>();
  let hangUps = 0;
  const firstBytes = new FirstBytes(held, {
    onHangUp: () => {
      hangUps += 1;
      hungUp.resolve();
    },
  });
  return { client, held, firstBytes, listeners, hungUp: hungUp.promise, hangUps: () => hangUps, pair };
}

function listenersOf(socket: Socket): readonly number[] {
  return ['data', 'end', 'close'].map((name) => socket.listenerCount(name));
}

test('FirstBytes.release gives the bytes in order and leaves a paused client without listeners', async () => {
  const it = await hold();
  await using _ = it.pair;
  for (const part of ['one ', 'two ', 'three']) {
    it.client.write(part);
    await once(it.held, 'data');
  }
  assert.equal(Buffer.concat(it.firstBytes.release()).toString(), 'one two three');
  assert.equal(it.held.isPaused(), true);
  assert.deepEqual(listenersOf(it.held), it.listeners);
  assert.deepEqual(it.firstBytes.release(), []);
  it.client.write('four');
  await once(it.held.resume(), 'data');
  assert.deepEqual(it.firstBytes.release(), []);
});

test('FirstBytes begins with what was read before', async () => {
  await using pair = await socketPair();
  const firstBytes = new FirstBytes(pair.far, { onHangUp: () => undefined, held: [Buffer.from('read before, ')] });
  pair.near.write('and now');
  await once(pair.far, 'data');
  assert.equal(Buffer.concat(firstBytes.release()).toString(), 'read before, and now');
});

test('FirstBytes reads no more than 64 KiB and the chunk that reaches it', async () => {
  const it = await hold();
  await using _ = it.pair;
  it.client.write(Buffer.alloc(4 * 1024 * 1024));
  await once(it.held, 'pause');
  const length = it.firstBytes.release().reduce((sum, chunk) => sum + chunk.length, 0);
  assert.ok(length >= 64 * 1024 && length < 2 * 64 * 1024, `${length} bytes are held`);
});

const leaving: readonly (readonly [string, Buffer])[] = [
  ['says nothing', Buffer.alloc(0)],
  ['says its greeting alone', startup],
  ['breaks off in its greeting', startup.subarray(0, 5)],
];
for (const [what, sent] of leaving) {
  test(`FirstBytes takes a client that ${what} and ends for gone`, async () => {
    const it = await hold();
    await using _ = it.pair;
    it.client.end(sent);
    await it.hungUp;
    assert.equal(it.hangUps(), 1);
  });
}

const staying: readonly (readonly [string, Buffer])[] = [
  ['asks for a cancellation', cancelRequest()],
  ['has sent its messages ahead', Buffer.concat([startup, Buffer.from('Q')])],
];
for (const [what, sent] of staying) {
  test(`FirstBytes serves a client that ${what} and ends`, async () => {
    const it = await hold();
    await using _ = it.pair;
    it.client.end(sent);
    await once(it.held, 'end');
    assert.equal(it.hangUps(), 0);
    assert.deepEqual(Buffer.concat(it.firstBytes.release()), sent);
  });
}

test('FirstBytes reads what a client says that comes paused, as from local TLS', async () => {
  await using pair = await socketPair();
  pair.far.pause();
  const asked = Promise.withResolvers<void>();
  const firstBytes = new FirstBytes(pair.far, { onHangUp: () => undefined, onCancelRequest: asked.resolve });
  pair.near.write(cancelRequest());
  await asked.promise;
  assert.deepEqual(Buffer.concat(firstBytes.release()), cancelRequest());
});

test('FirstBytes takes a reset for a client that has gone, until it is released', async () => {
  const it = await hold();
  it.client.resetAndDestroy();
  await it.hungUp;
  const released = await hold();
  released.firstBytes.release();
  released.client.resetAndDestroy();
  await new Promise((resolve) => released.held.resume().once('close', resolve));
  assert.equal(released.hangUps(), 0);
});

test('FirstBytes tells of a cancel request as soon as it is complete, whatever pieces it comes in', async () => {
  await using pair = await socketPair();
  const asked = Promise.withResolvers<void>();
  const firstBytes = new FirstBytes(pair.far, { onHangUp: () => undefined, onCancelRequest: asked.resolve });
  const request = cancelRequest();
  pair.near.write(request.subarray(0, 9));
  await once(pair.far, 'data');
  assert.equal(firstBytes.isCancelRequest, false);
  pair.near.write(request.subarray(9));
  await asked.promise;
  assert.equal(firstBytes.isCancelRequest, true);
  assert.deepEqual(Buffer.concat(firstBytes.release()), request);
});
