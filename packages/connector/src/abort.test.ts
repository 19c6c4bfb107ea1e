// Waiting that ends: by its work, by an outer signal, by its limit; and that leaves nothing behind.

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { settle } from '../test/manual-clock.ts';
import { formatSeconds, orAborted, TimeLimitError, withTimeLimit } from './abort.ts';

const never = new Promise<never>(() => undefined);
const hour = 3_600_000;

test('orAborted settles as the promise does and leaves no listener at the signal', async () => {
  const { signal } = new AbortController();
  assert.equal(await orAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(orAborted(Promise.reject(new Error('no')), signal), /no/);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('orAborted rejects with the reason of the signal while the promise goes on', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const waiting = orAborted(never, controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

test('orAborted leaves no unhandled rejection behind when the signal was aborted before', async (t) => {
  const unhandled = t.mock.fn();
  process.on('unhandledRejection', unhandled);
  t.after(() => process.off('unhandledRejection', unhandled));
  const { promise, reject } = Promise.withResolvers<never>();
  await assert.rejects(orAborted(promise, AbortSignal.abort(new Error('too late'))), /too late/);
  reject(new Error('nobody waits for this'));
  await settle();
  assert.equal(unhandled.mock.callCount(), 0);
});

test('withTimeLimit gives the result, does not abort its signal and leaves no listener outside', async () => {
  const outer = new AbortController().signal;
  const signal = await withTimeLimit(hour, [outer], async (inner) => inner);
  assert.equal(signal.aborted, false);
  assert.equal(getEventListeners(outer, 'abort').length, 0);
});

test('withTimeLimit aborts its signal when the work fails, so that no part of it goes on by itself', async () => {
  const failure = new Error('one part failed');
  let left: AbortSignal | undefined;
  const work = withTimeLimit(hour, [], async (signal) => {
    left = signal;
    throw failure;
  });
  await assert.rejects(work, failure);
  assert.equal(left?.reason, failure);
});

test('withTimeLimit passes on the reason of whichever outer signal aborts', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('second left');
  const work = withTimeLimit(hour, [first.signal, second.signal], (signal) => orAborted(never, signal));
  second.abort(reason);
  await assert.rejects(work, reason);
  assert.equal(getEventListeners(first.signal, 'abort').length, 0);
});

test('withTimeLimit does not begin when an outer signal was aborted before', async (t) => {
  const work = t.mock.fn(async () => 1);
  await assert.rejects(withTimeLimit(hour, [AbortSignal.abort(new Error('closed'))], work), /closed/);
  assert.equal(work.mock.callCount(), 0);
});

test('withTimeLimit aborts with a TimeLimitError when the time is up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const work = withTimeLimit(1500, [], (signal) => orAborted(never, signal));
  const failed = assert.rejects(work, (error) => error instanceof TimeLimitError && error.limitMs === 1500);
  t.mock.timers.tick(1500);
  await failed;
  await assert.rejects(work, /^TimeLimitError: no answer within 1\.5 s$/);
});

/** Timers that keep this process alive. */
function timeouts(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

test('withTimeLimit keeps the process alive, unless it works in the background', async () => {
  const before = timeouts();
  for (const background of [false, true]) {
    const controller = new AbortController();
    const work = withTimeLimit(hour, [controller.signal], (signal) => once(signal, 'abort'), { background });
    assert.equal(timeouts() - before, background ? 0 : 1);
    controller.abort();
    await work;
    assert.equal(timeouts(), before);
  }
});

test('formatSeconds writes a tenth of a second where there is one', () => {
  assert.deepEqual([30_000, 1500, 100].map(formatSeconds), ['30 s', '1.5 s', '0.1 s']);
});
