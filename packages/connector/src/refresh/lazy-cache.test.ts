// The lazy cache on a clock that the test moves: no timer, ever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheRig } from '../../test/cache-rig.ts';
import { settle } from '../../test/manual-clock.ts';
import { ConnectorError } from '../errors.ts';
import { LazyCache } from './lazy-cache.ts';
import { patienceMs } from './patience.ts';

const minute = 60_000;
const hour = 60 * minute;
const never = new AbortController().signal;
const failure = new ConnectorError('ADMIN_API_UNREACHABLE', 'no route');

function setUp() {
  const rig = new CacheRig();
  return { rig, cache: new LazyCache(rig.options) };
}

/** One that has info for an hour. */
async function setUpHolding() {
  const { rig, cache } = setUp();
  return { rig, cache, old: await rig.fill(cache, hour) };
}

test('LazyCache refreshes at a dial with less than four minutes left, and never by itself', async () => {
  const { rig, cache } = setUp();
  const first = cache.connectionInfo(never);
  const old = rig.answer(0, hour);
  assert.equal(await first, old);
  assert.deepEqual(rig.clock.pending, []);
  await rig.clock.advance(56 * minute);
  assert.equal(await cache.connectionInfo(never), old);
  await rig.clock.advance(1);
  const callers = [cache.connectionInfo(never), cache.connectionInfo(never)];
  assert.equal(rig.answers.length, 2);
  const renewed = rig.answer(1, hour);
  assert.deepEqual(await Promise.all(callers), [renewed, renewed]);
});

test('LazyCache serves the old certificate to its end when the refresh fails', async () => {
  const { rig, cache, old } = await setUpHolding();
  await rig.clock.advance(57 * minute);
  const second = cache.connectionInfo(never);
  rig.answers[1]?.reject(failure);
  assert.equal(await second, old);
  await rig.clock.advance(3 * minute);
  const third = cache.connectionInfo(never);
  rig.answers[2]?.reject(failure);
  await assert.rejects(third, failure);
});

test('LazyCache lets nobody wait for the limiter, nor long for an API that does not answer, as long as the certificate is valid', async () => {
  const { rig, cache, old } = await setUpHolding();
  await rig.clock.advance(57 * minute);
  const waiting = [cache.connectionInfo(never), cache.connectionInfo(never)];
  await rig.clock.advance(patienceMs);
  assert.deepEqual(await Promise.all(waiting), [old, old]);
  assert.equal(await cache.connectionInfo(never), old, 'the next one does not wait again');
  for (const index of [1, 2]) {
    rig.answers[index]?.reject(failure);
    await settle();
    assert.equal(rig.answers.length, index + 1, 'as often as the limiter allows');
    const again = cache.connectionInfo(never);
    await rig.clock.advance(patienceMs);
    assert.equal(await again, old);
  }
  await rig.clock.advance(30_000);
  const later = cache.connectionInfo(never);
  const renewed = rig.answer(3, hour);
  assert.equal(await later, renewed);
  assert.deepEqual(rig.clock.pending, []);
});

test('LazyCache.forceRefresh drops the info that was refused, and only that', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const second = cache.connectionInfo(never);
  const renewed = rig.answer(1, hour);
  assert.equal(await second, renewed);
  cache.forceRefresh(old);
  assert.equal(await cache.connectionInfo(never), renewed);
});

test('LazyCache.forceRefresh does not lose a valid certificate to an API that is away', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const second = cache.connectionInfo(never);
  rig.answers[1]?.reject(failure);
  assert.equal(await second, old);
});

test('LazyCache.forceRefresh keeps a valid certificate while no other may be asked for', async () => {
  const { rig, cache, old } = await setUpHolding();
  cache.forceRefresh(old);
  const second = cache.connectionInfo(never);
  const renewed = rig.answer(1, hour);
  await second;
  cache.forceRefresh(renewed);
  assert.equal(await cache.connectionInfo(never), renewed);
  await rig.clock.advance(30_000);
  cache.forceRefresh(renewed);
  const third = cache.connectionInfo(never);
  const latest = rig.answer(2, hour);
  assert.equal(await third, latest);
});

test('LazyCache.isCurrent tells the info that a dial would get from any other', async () => {
  const { rig, cache } = setUp();
  const asked = cache.connectionInfo(never);
  const first = rig.answer(0, hour);
  await asked;
  assert.deepEqual([cache.isCurrent(first), cache.isCurrent(rig.info(hour))], [true, false]);
  await rig.clock.advance(56 * minute + 1);
  assert.equal(cache.isCurrent(first), false, 'the next dial renews it');
  cache.close();
});

test('LazyCache.close refuses callers', async () => {
  const { cache } = setUp();
  cache.close();
  await assert.rejects(cache.connectionInfo(never), { code: 'CONNECTOR_CLOSED' });
});
