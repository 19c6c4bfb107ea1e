import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketPair } from '../../test/socket-pair.ts';
import { ClientRoom } from './client-room.ts';

test('ClientRoom disconnects whoever has been there longest when there are too many, and nobody who has left', async () => {
  await using undo = new AsyncDisposableStack();
  const arriving = new ClientRoom<number>(2);
  const gone: number[] = [];
  const come = async (number: number) => {
    const { far } = undo.use(await socketPair());
    return { far, leave: arriving.enter(number, far, () => gone.push(number)) };
  };
  const [first, second] = [await come(1), await come(2)];
  first.leave();
  first.leave();
  await come(3);
  assert.deepEqual([gone, arriving.size], [[], 2]);
  const fourth = await come(4);
  assert.deepEqual([gone, second.far.destroyed, arriving.size], [[2], true, 2]);
  // The one that was disconnected tells so later, and takes nobody else out.
  second.leave();
  arriving.leave(3);
  assert.equal(arriving.size, 1);
  await come(5);
  assert.deepEqual([gone, fourth.far.destroyed], [[2], false]);
});
