// Ranges and their edges.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from './histogram.ts';

test('Histogram counts a figure in the first range that holds it, and one beyond all bounds in the last', () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0.5, 1, 1.1, 10, 11, 1_000]) histogram.observe(value);
  assert.deepEqual([histogram.counts, histogram.count, histogram.sum], [[2, 2, 2], 6, 1023.6]);
});
