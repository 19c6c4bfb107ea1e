// Draining, step by step, with timers that the test moves.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DrainOptions, drain } from './lifecycle.ts';

/** A drain takes a few turns of promises, and one of the event loop, from one step to the next. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log: string[] = [];
  const empty = Promise.withResolvers<void>();
  const force = new AbortController();
  const start = (options: Partial<DrainOptions>): Promise<number> =>
    drain(
      {
        enter: (state) => log.push(state),
        endIdleSessions: () => log.push('end idle'),
        whenEmpty: () => empty.promise,
      },
      { minDelayMs: 0, maxDelayMs: 0, endIdle: false, force: force.signal, ...options },
    ).then(() => log.push('over'));
  return { log, empty, force, start };
}

test('drain without delays passes through both states at once', async (t) => {
  const { log, start } = setUp(t);
  await start({});
  assert.deepEqual(log, ['draining', 'closing', 'over']);
});

test('drain goes on accepting for the minimum, then waits for the sessions up to the maximum', async (t) => {
  const { log, start } = setUp(t);
  const over = start({ minDelayMs: 1_000, maxDelayMs: 5_000 });
  assert.deepEqual(log, ['draining']);
  t.mock.timers.tick(1_000);
  await settle();
  assert.deepEqual(log, ['draining', 'closing']);
  t.mock.timers.tick(4_999);
  await settle();
  assert.equal(log.length, 2);
  t.mock.timers.tick(1);
  await over;
});

test('drain ends as soon as the last session does', async (t) => {
  const { log, empty, start } = setUp(t);
  const over = start({ maxDelayMs: 60_000 });
  empty.resolve();
  await over;
  assert.deepEqual(log, ['draining', 'closing', 'over']);
});

test('drain is over at once when it is forced, in either state', async (t) => {
  const { force, start, log } = setUp(t);
  const over = start({ minDelayMs: 60_000, maxDelayMs: 60_000 });
  force.abort();
  await over;
  assert.deepEqual(log, ['draining', 'closing', 'over']);
});

test('drain ends idle sessions at the start of closing, and those that become idle', async (t) => {
  const { log, empty, start } = setUp(t);
  const over = start({ maxDelayMs: 60_000, endIdle: true });
  await settle();
  t.mock.timers.tick(250);
  assert.deepEqual(log, ['draining', 'closing', 'end idle', 'end idle', 'end idle']);
  empty.resolve();
  await over;
});
