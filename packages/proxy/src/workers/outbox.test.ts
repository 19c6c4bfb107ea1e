import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FromWorker } from './messages.ts';
import { Outbox } from './outbox.ts';

const over = (id: number): FromWorker => ({ kind: 'over', id });

test('Outbox sends what is said in one turn of the event loop together, in order, and what comes later later', async () => {
  const posted: (readonly FromWorker[])[] = [];
  const { send } = new Outbox((messages) => posted.push(messages));
  send(over(1));
  await Promise.resolve();
  send(over(2));
  assert.deepEqual(posted, []);
  await nextTurn();
  assert.deepEqual(posted, [[over(1), over(2)]]);
  send(over(3));
  await nextTurn();
  assert.deepEqual(posted, [[over(1), over(2)], [over(3)]]);
});

test('Outbox takes what is said while it sends for the next time', async () => {
  const posted: (readonly FromWorker[])[] = [];
  const { send } = new Outbox((messages) => {
    posted.push(messages);
    if (posted.length === 1) send(over(2));
  });
  send(over(1));
  await nextTurn();
  await nextTurn();
  assert.deepEqual(posted, [[over(1)], [over(2)]]);
});
