// Figures by hand against figures by code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile, spreadOf } from './statistics.ts';

test('percentile of an even number of values lies between the two in the middle', () => {
  assert.equal(percentile([4, 1, 3, 2], 50), 2.5);
});

test('percentile sorts by number, not by text', () => {
  assert.equal(percentile([10, 9, 100], 100), 100);
  assert.equal(percentile([10, 9, 100], 0), 9);
});

test('percentile of nothing is no number', () => {
  assert.ok(Number.isNaN(percentile([], 50)));
});

test('spreadOf keeps the least and the most beside the median', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
});
