// The refresh-ahead cache on a clock that the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheRig } from '../../test/cache-rig.ts';
import { settle } from '../../test/manual-clock.ts';
import { AdminApiError } from '../admin-api/api-error.ts';
import { ConnectorError } from '../errors.ts';
import { type RefreshEvent, refreshChannel } from '../events.ts';
import { AheadCache } from './ahead-cache.ts';
import { patienceMs } from './patience.ts';

const minute = 60_000;
const hour = 60 * minute;
const never = new AbortController().signal;
const failure = new ConnectorError('ADMIN_API_UNREACHABLE', 'no route');
const forbidden = new ConnectorError('ADMIN_API_PERMISSION_DENIED', 'denied');

function setUp() {
  const rig = new CacheRig();
  return { rig, cache: new AheadCache(rig.options) };
}

/** One that has info for an hour. */
async function setUpHolding() {
  const { rig, cache } = setUp();
  return { rig, cache, old: await rig.fill(cache, hour) };
}

async function eventsDuring(work: () => Promise<void>): Promise<readonly RefreshEvent[]> {
  const events: RefreshEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as RefreshEvent);
  refreshChannel.subscribe(listener);
  try {
    await work();
  } finally {
    refreshChannel.unsubscribe(listener);
  }
  return events;
}

test('AheadCache makes one refresh for all callers that come while it runs', async () => {
  const { rig, cache } = setUp();
  const callers = Array.from({ length: 50 }, () => cache.connectionInfo(never));
  assert.equal(rig.answers.length, 1);
  const made = rig.answer(0, hour);
  for (const got of await Promise.all(callers)) assert.equal(got, made);
});

test('AheadCache goes on with the refresh when the caller that started it leaves (W4)', async () => {
  const { rig, cache } = setUp();
  const leaving = new AbortController();
  const first = cache.connectionInfo(leaving.signal);
  const second = cache.connectionInfo(never);
  leaving.abort(new Error('client hung up'));
  await assert.rejects(first, /hung up/);
  rig.answer(0, hour);
  assert.ok(await second);
  assert.equal(rig.answers.length, 1);
});

test('AheadCache renews at half of an hour by itself and serves the old info meanwhile', async () => {
  const { rig, cache, old } = await setUpHolding();
  assert.deepEqual(rig.clock.pending, [hour / 2]);
  await rig.clock.advance(hour / 2);
  assert.equal(rig.answers.length, 2);
  assert.equal(await cache.connectionInfo(never), old);
  const renewed = rig.answer(1, hour);
  await settle();
  assert.equal(await cache.connectionInfo(never), renewed);
});

test('AheadCache lets grow old what was released, and begins anew when it is asked for again', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.release();
  assert.ok(cache.isCurrent(old), 'whoever is dialling with it goes on');
  await rig.clock.advance(hour / 2);
  assert.equal(rig.answers.length, 1);
  assert.deepEqual(rig.clock.pending, []);
  const later = cache.connectionInfo(never);
  const renewed = rig.answer(1, hour);
  assert.equal(await later, renewed);
  await rig.clock.advance(hour / 2);
  assert.equal(rig.answers.length, 3);
});

test('AheadCache goes on renewing when somebody has asked after the release', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answer(0, hour);
  await first;
  cache.release();
  await cache.connectionInfo(never);
  await rig.clock.advance(hour / 2);
  assert.equal(rig.answers.length, 2);
});

test('AheadCache spreads the moment of its refresh, always to the earlier side', async () => {
  for (const [chance, delay] of [
    [0, 30 * minute],
    [0.5, 28.5 * minute],
    [1, 27 * minute],
  ] as const) {
    const { rig, cache } = setUp();
    rig.chance = chance;
    const first = cache.connectionInfo(never);
    rig.answer(0, hour);
    await first;
    assert.deepEqual(rig.clock.pending, [delay]);
  }
});

test('AheadCache keeps serving a valid certificate while refreshes fail, and says how long it lasts (W5)', async () => {
  const { rig, cache, old } = await setUpHolding();
  const events = await eventsDuring(async () => {
    await rig.clock.advance(hour / 2);
    rig.answers[1]?.reject(failure);
    await settle();
  });
  const failed = events.find((event) => event.at === 'failed');
  assert.equal(failed?.certificateLifeLeftMs, hour / 2);
  assert.equal(failed?.error, failure);
  assert.equal(await cache.connectionInfo(never), old);
});

test('AheadCache backs off exponentially with full jitter, as long as the server asks at least', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answer(0, hour);
  await first;
  await rig.clock.advance(hour / 2);
  rig.chance = 1;
  for (const [index, delay] of [1_000, 2_000, 4_000, 8_000].entries()) {
    rig.answers[index + 1]?.reject(failure);
    await settle();
    assert.deepEqual(rig.clock.pending, [delay]);
    // The limiter may make the attempt wait a little longer.
    while (rig.answers.length === index + 2) await rig.clock.advance(1_000);
  }
  const body = {
    httpStatus: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: '',
    reason: undefined,
    metadata: {},
    fieldViolations: [],
    retryAfterMs: 90_000,
  };
  rig.answers[5]?.reject(new AdminApiError('ADMIN_API_RESOURCE_EXHAUSTED', 'quota', body, {}));
  await settle();
  assert.deepEqual(rig.clock.pending, [90_000]);
});

test('AheadCache gives a refresh 60 seconds and not more (W5)', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { cache } = setUp();
  const first = cache.connectionInfo(never);
  t.mock.timers.tick(60_000);
  await assert.rejects(first, { code: 'ADMIN_API_UNREACHABLE', message: /no answer within 60 s/ });
});

test('AheadCache does not serve an expired certificate after a sleep that no timer noticed', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answer(0, hour);
  await first;
  rig.clock.jump(8 * hour);
  const after = cache.connectionInfo(never);
  const renewed = rig.answer(1, hour);
  assert.equal(await after, renewed);
});

test('AheadCache.checkClock refreshes at once when the moment passed while the machine slept', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answer(0, hour);
  await first;
  rig.clock.jump(29 * minute);
  cache.checkClock();
  assert.equal(rig.answers.length, 1, 'not before its time');
  rig.clock.jump(hour);
  cache.checkClock();
  cache.checkClock();
  assert.equal(rig.answers.length, 2);
});

test('AheadCache remembers a refusal for ten seconds, so that a storm costs one refresh (W6)', async () => {
  for (const code of ['ADMIN_API_PERMISSION_DENIED', 'ADMIN_API_NOT_FOUND', 'ADMIN_API_INVALID_ARGUMENT'] as const) {
    const { rig, cache } = setUp();
    const refused = new ConnectorError(code, 'no');
    const first = cache.connectionInfo(never);
    rig.answers[0]?.reject(refused);
    await assert.rejects(first, refused);
    for (let client = 0; client < 1_000; client += 1) await assert.rejects(cache.connectionInfo(never), refused);
    assert.equal(rig.answers.length, 1);
    await rig.clock.advance(10_000);
    cache.connectionInfo(never).catch(() => undefined);
    assert.equal(rig.answers.length, 2);
  }
});

test('AheadCache forgets a refusal when the credentials have changed', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answers[0]?.reject(forbidden);
  await assert.rejects(first, forbidden);
  rig.generation += 1;
  const second = cache.connectionInfo(never);
  rig.answer(1, hour);
  assert.ok(await second);
});

test('AheadCache passes another failure on to those who wait, then starts anew for the next caller', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answers[0]?.reject(failure);
  await assert.rejects(first, failure);
  const second = cache.connectionInfo(never);
  rig.answer(1, hour);
  assert.ok(await second);
});

test('AheadCache.forceRefresh makes the next caller wait for new info, once for a storm of refusals', async () => {
  const { rig, cache, old } = await setUpHolding();
  for (let client = 0; client < 100; client += 1) cache.forceRefresh(old);
  const second = cache.connectionInfo(never);
  assert.equal(rig.answers.length, 2);
  const renewed = rig.answer(1, hour);
  assert.equal(await second, renewed);
  cache.forceRefresh(old);
  assert.equal(await cache.connectionInfo(never), renewed, 'a late refusal of the old info changes nothing');
});

test('AheadCache.forceRefresh keeps nobody waiting for the limiter while the certificate is valid', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const second = rig.answer(1, hour);
  await settle();
  for (let client = 0; client < 100; client += 1) {
    cache.forceRefresh(second);
    assert.equal(await cache.connectionInfo(never), second);
  }
  assert.equal(rig.answers.length, 2, 'the burst is used up');
  await rig.clock.advance(30_000);
  assert.equal(rig.answers.length, 3, 'and one refresh has waited for its turn');
  cache.forceRefresh(second);
  const third = cache.connectionInfo(never);
  const renewed = rig.answer(2, hour);
  assert.equal(await third, renewed, 'once it asks, it is waited for');
});

test('AheadCache.forceRefresh does not lose a valid certificate to an API that is away', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const waiting = cache.connectionInfo(never);
  rig.answers[1]?.reject(failure);
  assert.equal(await waiting, old);
  assert.equal(await cache.connectionInfo(never), old);
  await rig.clock.advance(30_000);
  assert.equal(rig.answers.length, 3, 'and it is tried again');
});

test('AheadCache.forceRefresh lets nobody wait long for an API that does not answer, as long as the certificate is valid', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const waiting = cache.connectionInfo(never);
  await rig.clock.advance(patienceMs - 1);
  assert.ok(!cache.isCurrent(old), 'a certificate that was withdrawn is replaced in this time');
  const late = cache.connectionInfo(never);
  await rig.clock.advance(1);
  assert.deepEqual(await Promise.all([waiting, late]), [old, old]);
  // The next one that seems to be refused does not wait again for the same answer.
  cache.forceRefresh(old);
  assert.equal(await cache.connectionInfo(never), old);
  assert.equal(rig.answers.length, 2);
  const renewed = rig.answer(1, hour);
  await settle();
  assert.equal(await cache.connectionInfo(never), renewed);
  assert.deepEqual(rig.clock.pending, [hour / 2]);
});

test('AheadCache waits for the limiter when the certificate has ended', async () => {
  const { rig, cache } = setUp();
  for (const index of [0, 1]) {
    const failing = cache.connectionInfo(never);
    rig.answers[index]?.reject(failure);
    await assert.rejects(failing, failure);
  }
  const third = cache.connectionInfo(never);
  await rig.clock.advance(30_000);
  const made = rig.answer(2, hour);
  assert.equal(await third, made);
});

test('AheadCache spaces refreshes by a limiter that outlives it (W6)', async () => {
  const { rig, cache } = setUp();
  for (const index of [0, 1]) {
    const failing = cache.connectionInfo(never);
    rig.answers[index]?.reject(failure);
    await assert.rejects(failing, failure);
  }
  cache.close();
  const successor = new AheadCache(rig.options);
  const third = successor.connectionInfo(never);
  third.catch(() => undefined);
  await settle();
  assert.equal(rig.answers.length, 2);
  await rig.clock.advance(30_000);
  assert.equal(rig.answers.length, 3);
  successor.close();
  await assert.rejects(third, { code: 'CONNECTOR_CLOSED' });
});

test('AheadCache.isCurrent tells the info that a dial would get from any other', async () => {
  const { rig, cache } = setUp();
  const asked = cache.connectionInfo(never);
  const first = rig.answer(0, hour);
  await asked;
  assert.deepEqual([cache.isCurrent(first), cache.isCurrent(rig.info(hour))], [true, false]);
  await rig.clock.advance(30 * minute);
  assert.equal(rig.answers.length, 2);
  assert.equal(cache.isCurrent(first), true, 'a refresh that has only begun changes nothing');
  const second = rig.answer(1, hour);
  await settle();
  assert.deepEqual([cache.isCurrent(first), cache.isCurrent(second)], [false, true]);
  cache.forceRefresh(second);
  assert.equal(cache.isCurrent(second), false, 'it was refused');
  const third = rig.answer(2, hour);
  await settle();
  rig.clock.jump(hour);
  assert.equal(cache.isCurrent(third), false, 'it has expired');
  cache.close();
});

test('AheadCache.close leaves no timer and refuses callers', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  rig.answer(0, hour);
  await first;
  cache.close();
  cache.close();
  assert.deepEqual(rig.clock.pending, []);
  await assert.rejects(cache.connectionInfo(never), { code: 'CONNECTOR_CLOSED' });
});
