// The token bucket in front of the Admin API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { resolveRefreshOptions } from './options.ts';
import { RateLimiter } from './rate-limiter.ts';

test('RateLimiter lets a burst of two through, then one in 30 seconds', async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock, resolveRefreshOptions({}).rate);
  assert.deepEqual([limiter.reserve(), limiter.reserve(), limiter.reserve()], [0, 0, 30_000]);
  await clock.advance(60_000);
  assert.deepEqual([limiter.reserve(), limiter.reserve()], [0, 30_000]);
});

test('RateLimiter.isOpen tells whether an attempt would wait, and takes none', async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock, resolveRefreshOptions({}).rate);
  assert.deepEqual([limiter.isOpen, limiter.isOpen, limiter.isOpen], [true, true, true]);
  limiter.reserve();
  assert.equal(limiter.isOpen, true);
  limiter.reserve();
  assert.equal(limiter.isOpen, false);
  await clock.advance(30_000);
  assert.equal(limiter.isOpen, true);
});

test('RateLimiter earns no more than its burst while nobody asks', async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock, resolveRefreshOptions({}).rate);
  await clock.advance(24 * 3_600_000);
  assert.deepEqual([limiter.reserve(), limiter.reserve(), limiter.reserve()], [0, 0, 30_000]);
});

test('RateLimiter is not locked by a clock that was set back', () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter(clock, resolveRefreshOptions({}).rate);
  limiter.reserve();
  clock.jump(-10 * 3_600_000);
  assert.ok(limiter.reserve() <= 30_000);
});
