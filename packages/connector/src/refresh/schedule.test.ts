// The documented refresh schedule, figure by figure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRefreshBufferMs, refreshDelayMs } from './schedule.ts';

const minute = 60_000;

for (const [left, delay] of [
  [24 * 60, 12 * 60],
  [60, 30],
  [59, 55],
  [30, 26],
  [5, 1],
  [4, 0],
  [1, 0],
  [0, 0],
  [-10, 0],
] as const) {
  test(`refreshDelayMs waits ${delay} minutes with ${left} minutes left`, () => {
    const now = Date.UTC(2026, 5, 1);
    assert.equal(refreshDelayMs(now, now + left * minute), delay * minute);
  });
}

test('defaultRefreshBufferMs is the four minutes of the official connectors', () => {
  assert.equal(defaultRefreshBufferMs, 4 * minute);
});
