// Nobody is there, for how long, with a clock that the test moves.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Vacancy } from './vacancy.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const onLapse = t.mock.fn();
  const vacancy = new Vacancy({ limitMs: 1_000, onLapse });
  return { vacancy, lapses: () => onLapse.mock.callCount(), tick: (ms: number) => t.mock.timers.tick(ms) };
}

test('Vacancy lapses when nobody has come since it began to watch', (t) => {
  const { vacancy, lapses, tick } = setUp(t);
  tick(5_000);
  vacancy.watch();
  tick(999);
  assert.equal(lapses(), 0);
  tick(1);
  assert.equal(lapses(), 1);
  tick(10_000);
  assert.equal(lapses(), 1);
});

test('Vacancy never lapses while somebody is there, and counts anew from when the last one leaves', (t) => {
  const { vacancy, lapses, tick } = setUp(t);
  vacancy.watch();
  tick(999);
  vacancy.enter();
  vacancy.enter();
  tick(10_000);
  vacancy.leave();
  tick(10_000);
  vacancy.leave();
  tick(999);
  assert.equal(lapses(), 0);
  tick(1);
  assert.equal(lapses(), 1);
});

test('Vacancy waits for a client that was there before it began to watch', (t) => {
  const { vacancy, lapses, tick } = setUp(t);
  vacancy.enter();
  vacancy.watch();
  tick(10_000);
  assert.equal(lapses(), 0);
  vacancy.leave();
  tick(1_000);
  assert.equal(lapses(), 1);
});

test('Vacancy lapses no more once it is closed, whoever leaves', (t) => {
  const { vacancy, lapses, tick } = setUp(t);
  vacancy.watch();
  vacancy.enter();
  vacancy.close();
  vacancy.leave();
  tick(10_000);
  assert.equal(lapses(), 0);
});
