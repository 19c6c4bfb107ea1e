// Slots: never more than the limit, given back once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from './slots.ts';

test('Slots.tryTake refuses beyond the limit until a slot is given back', () => {
  const slots = new Slots(2);
  const first = slots.tryTake();
  slots.tryTake();
  assert.equal(slots.tryTake(), undefined);
  first?.();
  first?.();
  assert.equal(slots.taken, 1, 'a slot given back twice counts once');
  assert.ok(slots.tryTake());
  assert.equal(slots.tryTake(), undefined);
});

test('Slots without a limit never refuses', () => {
  const slots = new Slots(0);
  for (let count = 0; count < 10_000; count += 1) assert.ok(slots.tryTake());
});
