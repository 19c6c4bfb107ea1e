// A room full of clients that are told no, over real sockets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startupMessage } from '../../test/first-messages.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { RefusalRoom } from './refusal-room.ts';

const options = { error: () => Buffer.from('no'), held: [] };

test('RefusalRoom keeps its limit when many come in one turn', async () => {
  const room = new RefusalRoom(2);
  await using pairs = new AsyncDisposableStack();
  const refusals: Promise<unknown>[] = [];
  const ends = await Promise.all(Array.from({ length: 5 }, async () => pairs.use(await socketPair())));
  for (const { near, far } of ends) {
    near.on('error', () => undefined);
    far.on('error', () => undefined);
    refusals.push(room.refuse(far, options));
  }
  assert.equal(room.size, 2);
  assert.deepEqual(
    ends.map(({ far }) => far.destroyed),
    [true, true, true, false, false],
  );
  for (const { near } of ends) near.destroy();
  await Promise.all(refusals);
  assert.equal(room.size, 0);
});

test('RefusalRoom lets the silent client go that has been there longest, and still tells the others', async () => {
  const room = new RefusalRoom(2);
  await using silent = await socketPair();
  await using second = await socketPair();
  await using third = await socketPair();
  const refusals = [silent, second, third].map(({ near, far }) => {
    near.on('error', () => undefined);
    far.on('error', () => undefined);
    return room.refuse(far, options);
  });
  await once(silent.far, 'close');
  assert.equal(await refusals[0], undefined);
  assert.equal(room.size, 2);
  for (const { near } of [second, third]) {
    near.write(startupMessage('app'));
    assert.equal(await text(near), 'no');
    near.destroy();
  }
  await Promise.all(refusals);
  assert.equal(room.size, 0);
});
