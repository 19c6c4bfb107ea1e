// Slots: never more than the limits, given back once, waited for in order.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type InstanceSlots, type SlotAnswer, Slots } from './slots.ts';

const never = new AbortController().signal;

/** Takes a place that is there. */
function take(places: InstanceSlots): SlotAnswer {
  const answer = places.acquire(never);
  assert.ok(!(answer instanceof Promise), 'answered at once');
  assert.equal(answer.kind, 'taken');
  return answer;
}

function giveBack(answer: SlotAnswer | Promise<SlotAnswer>): void {
  assert.ok(!(answer instanceof Promise), 'answered at once');
  assert.equal(answer.kind, 'taken');
  if (answer.kind === 'taken') answer.giveBack();
}

function withTimers(t: TestContext, waitMs: number, limit: number): Slots {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return new Slots({ limit, waitMs });
}

test('Slots.acquire refuses beyond the limit until a slot is given back', () => {
  const slots = new Slots({ limit: 2 });
  const places = slots.forInstance(0);
  const first = places.acquire(never);
  take(places);
  assert.deepEqual(places.acquire(never), { kind: 'refused', by: 'program', limit: 2, waitedMs: 0 });
  giveBack(first);
  giveBack(first);
  assert.equal(slots.taken, 1, 'a slot given back twice counts once');
  assert.equal(slots.refused, 1);
  giveBack(places.acquire(never));
});

test('Slots without a limit never refuses', () => {
  const places = new Slots({ limit: 0 }).forInstance(0);
  for (let count = 0; count < 10_000; count += 1) take(places);
  assert.equal(places.taken, 10_000);
});

test('Slots.forInstance limits one instance and leaves the others their places', () => {
  const slots = new Slots({ limit: 3 });
  const [small, other] = [slots.forInstance(1), slots.forInstance(0)];
  take(small);
  assert.deepEqual(small.acquire(never), { kind: 'refused', by: 'instance', limit: 1, waitedMs: 0 });
  take(other);
  take(other);
  assert.deepEqual(other.acquire(never), { kind: 'refused', by: 'program', limit: 3, waitedMs: 0 });
});

test('Slots.acquire lets clients wait and serves them in the order of arrival', async (t) => {
  const slots = withTimers(t, 1000, 1);
  const places = slots.forInstance(0);
  const first = places.acquire(never);
  const order: string[] = [];
  const waiting = ['second', 'third'].map(async (name) => {
    const answer = await places.acquire(never);
    order.push(name);
    return answer;
  });
  assert.equal(slots.waiting, 2);
  giveBack(first);
  const [second] = waiting;
  giveBack((await second) ?? assert.fail());
  await Promise.all(waiting);
  assert.deepEqual(order, ['second', 'third']);
  assert.deepEqual([slots.taken, slots.waiting, slots.refused], [1, 0, 0]);
});

test('Slots.acquire refuses a client whose wait is over', async (t) => {
  const slots = withTimers(t, 1000, 1);
  const places = slots.forInstance(0);
  take(places);
  const asked = places.acquire(never);
  t.mock.timers.tick(1000);
  assert.deepEqual(await asked, { kind: 'refused', by: 'program', limit: 1, waitedMs: 1000 });
  assert.deepEqual([slots.waiting, slots.refused], [0, 1]);
});

test('Slots.acquire forgets a client that leaves while it waits', async (t) => {
  const slots = withTimers(t, 1000, 1);
  const places = slots.forInstance(0);
  const first = places.acquire(never);
  const leave = new AbortController();
  const asked = places.acquire(leave.signal);
  leave.abort();
  assert.deepEqual(await asked, { kind: 'cancelled' });
  giveBack(first);
  assert.deepEqual([slots.taken, slots.waiting, slots.refused], [0, 0, 0]);
});

test('Slots passes over those who wait for a full instance', async (t) => {
  const slots = withTimers(t, 1000, 2);
  const [small, other] = [slots.forInstance(1), slots.forInstance(0)];
  take(small);
  const leaving = other.acquire(never);
  const blocked = small.acquire(never);
  const served = other.acquire(never);
  giveBack(leaving);
  assert.equal((await served).kind, 'taken');
  assert.equal(slots.waiting, 1);
  slots.endWaiting();
  assert.deepEqual(await blocked, { kind: 'cancelled' });
});

test('Slots lets nobody wait for descriptors, nor hold those of a session while waiting', (t) => {
  const slots = withTimers(t, 1000, 1);
  slots.descriptorLimit = 2;
  const places = slots.forInstance(0);
  take(places);
  const [second, third] = [places.acquire(never), places.acquire(never)];
  assert.ok(second instanceof Promise && third instanceof Promise);
  assert.deepEqual(places.acquire(never), { kind: 'refused', by: 'program', limit: 1, waitedMs: 0 });
  slots.descriptorLimit = 1;
  assert.deepEqual(places.acquire(never), { kind: 'refused', by: 'descriptors', limit: 1, waitedMs: 0 });
});

test('Slots.reconfigure and InstanceSlots.limit change what is free, and let in who waits', async () => {
  const slots = new Slots({ limit: 1, waitMs: 3_600_000 });
  const places = slots.forInstance(0);
  const first = places.acquire(never);
  assert.equal(await kindOf(first), 'taken');
  const second = places.acquire(never);
  assert.equal(slots.waiting, 1);
  slots.reconfigure({ limit: 0, waitMs: 0 });
  assert.equal(await kindOf(second), 'taken');
  places.limit = 2;
  assert.deepEqual(await places.acquire(never), { kind: 'refused', by: 'instance', limit: 2, waitedMs: 0 });
  places.limit = 3;
  assert.equal(await kindOf(places.acquire(never)), 'taken');
  assert.equal(slots.taken, 3);
});

async function kindOf(answer: SlotAnswer | Promise<SlotAnswer>): Promise<SlotAnswer['kind']> {
  return (await answer).kind;
}
