// The refresh-ahead cache on a clock that the test moves.

import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { test } from 'node:test';
import { ManualClock, settle } from '../../test/manual-clock.ts';
import { ConnectorError } from '../errors.ts';
import { type RefreshEvent, refreshChannel } from '../events.ts';
import { AheadCache } from './ahead-cache.ts';
import type { ConnectionInfo } from './connection-info.ts';
import { RateLimiter } from './rate-limiter.ts';

const hour = 3_600_000;
const instance = { project: 'p', region: 'r', cluster: 'c', instance: 'i' };
const secureContext = createSecureContext();
const never = new AbortController().signal;

type Answer = PromiseWithResolvers<ConnectionInfo>;

function setUp() {
  const clock = new ManualClock();
  const answers: Answer[] = [];
  const cache = new AheadCache({
    instance: 'projects/p',
    clock,
    limiter: new RateLimiter(clock),
    fetch: () => {
      const answer = Promise.withResolvers<ConnectionInfo>();
      answers.push(answer);
      return answer.promise;
    },
  });
  const info = (lifeMs: number): ConnectionInfo => ({
    instance,
    addresses: { PRIVATE: '10.0.0.1' },
    expiresAt: clock.now() + lifeMs,
    secureContext,
  });
  return { clock, cache, answers, info };
}

const failure = new ConnectorError('ADMIN_API_UNAVAILABLE', 'try later');

test('AheadCache makes one refresh for all callers that come while it runs', async () => {
  const { cache, answers, info } = setUp();
  const callers = Array.from({ length: 50 }, () => cache.connectionInfo(never));
  await settle();
  assert.equal(answers.length, 1);
  const made = info(hour);
  answers[0]?.resolve(made);
  for (const got of await Promise.all(callers)) assert.equal(got, made);
});

test('AheadCache goes on with the refresh when the caller that started it leaves', async () => {
  const { cache, answers, info } = setUp();
  const leaving = new AbortController();
  const first = cache.connectionInfo(leaving.signal);
  const second = cache.connectionInfo(never);
  leaving.abort(new Error('client hung up'));
  await assert.rejects(first, /hung up/);
  answers[0]?.resolve(info(hour));
  assert.ok(await second);
  assert.equal(answers.length, 1);
});

test('AheadCache renews at half of an hour by itself and serves the old info meanwhile', async () => {
  const { cache, answers, info, clock } = setUp();
  const old = info(hour);
  const first = cache.connectionInfo(never);
  answers[0]?.resolve(old);
  await first;
  assert.deepEqual(clock.pending, [hour / 2]);
  await clock.advance(hour / 2);
  assert.equal(answers.length, 2);
  assert.equal(await cache.connectionInfo(never), old);
  const renewed = info(hour);
  answers[1]?.resolve(renewed);
  await settle();
  assert.equal(await cache.connectionInfo(never), renewed);
});

test('AheadCache keeps serving a valid certificate while refreshes fail, and says how long it lasts', async () => {
  const { cache, answers, info, clock } = setUp();
  const events: RefreshEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as RefreshEvent);
  refreshChannel.subscribe(listener);
  const old = info(hour);
  const first = cache.connectionInfo(never);
  answers[0]?.resolve(old);
  await first;
  await clock.advance(hour / 2);
  answers[1]?.reject(failure);
  await settle();
  refreshChannel.unsubscribe(listener);
  const failed = events.find((event) => event.at === 'failed');
  assert.equal(failed?.certificateLifeLeftMs, hour / 2);
  assert.equal(failed?.error, failure);
  assert.equal(await cache.connectionInfo(never), old);
  await clock.advance(failed?.retryInMs ?? 0);
  assert.equal(answers.length, 3, 'it tries again by itself');
});

test('AheadCache does not serve an expired certificate after a sleep that no timer noticed', async () => {
  const { cache, answers, info, clock } = setUp();
  const first = cache.connectionInfo(never);
  answers[0]?.resolve(info(hour));
  await first;
  clock.jump(8 * hour);
  const after = cache.connectionInfo(never);
  await settle();
  assert.equal(answers.length, 2);
  const renewed = info(hour);
  answers[1]?.resolve(renewed);
  assert.equal(await after, renewed);
});

test('AheadCache passes a failure on to those who wait, then starts anew for the next caller', async () => {
  const { cache, answers, info } = setUp();
  const first = cache.connectionInfo(never);
  answers[0]?.reject(failure);
  await assert.rejects(first, failure);
  const second = cache.connectionInfo(never);
  await settle();
  answers[1]?.resolve(info(hour));
  assert.ok(await second);
});

test('AheadCache.forceRefresh makes the next caller wait for new info', async () => {
  const { cache, answers, info } = setUp();
  const first = cache.connectionInfo(never);
  const old = info(hour);
  answers[0]?.resolve(old);
  await first;
  cache.forceRefresh();
  const second = cache.connectionInfo(never);
  await settle();
  const renewed = info(hour);
  answers[1]?.resolve(renewed);
  assert.equal(await second, renewed);
});

test('AheadCache spaces refreshes by its limiter', async () => {
  const { cache, answers, clock } = setUp();
  for (const index of [0, 1]) {
    const failing = cache.connectionInfo(never);
    await settle();
    answers[index]?.reject(failure);
    await assert.rejects(failing, failure);
  }
  const third = cache.connectionInfo(never);
  third.catch(() => undefined);
  await settle();
  assert.equal(answers.length, 2);
  await clock.advance(30_000);
  assert.equal(answers.length, 3);
  cache.close();
  await assert.rejects(third, { code: 'CONNECTOR_CLOSED' });
});

test('AheadCache.close leaves no timer and refuses callers', async () => {
  const { cache, answers, info, clock } = setUp();
  const first = cache.connectionInfo(never);
  answers[0]?.resolve(info(hour));
  await first;
  cache.close();
  cache.close();
  assert.deepEqual(clock.pending, []);
  await assert.rejects(cache.connectionInfo(never), { code: 'CONNECTOR_CLOSED' });
});
