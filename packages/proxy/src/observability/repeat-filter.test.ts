// Storms of equal lines, on a timer that the test fires.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { mayRepeat } from './logger.ts';
import { RepeatFilter } from './repeat-filter.ts';

function setUp() {
  const { logger, lines } = recordLog();
  const due: (() => void)[] = [];
  const filter = new RepeatFilter(logger, {
    setTimer(_delayMs, callback) {
      due.push(callback);
      return () => undefined;
    },
  });
  return { filter, lines, due };
}

const fields = { [mayRepeat]: true } as const;

test('RepeatFilter lets five equal lines through, and counts the rest until ten seconds are over', () => {
  const { filter, lines, due } = setUp();
  for (let time = 0; time < 12; time += 1) filter.error('refused', fields);
  assert.deepEqual(lines, Array(5).fill('refused'));
  due[0]?.();
  assert.equal(lines[5], 'refused (and 7 more times within 10 s)');
  filter.error('refused', fields);
  assert.deepEqual([lines.length, due.length], [7, 2]);
});

test('RepeatFilter says nothing more about lines that it has let through', () => {
  const { filter, lines, due } = setUp();
  filter.error('refused', fields);
  due[0]?.();
  assert.deepEqual(lines, ['refused']);
});

test('RepeatFilter takes lines for equal that differ by a port, and for different by anything else', () => {
  const { filter, lines } = setUp();
  for (let port = 1; port <= 9; port += 1) {
    filter.info(`refusing 10.0.0.5:${port}: not on the list`, fields);
    filter.info(`refusing [::1]:${port}: not on the list`, fields);
    filter.info(`refusing 10.0.0.${port}: not on the list`, fields);
  }
  assert.equal(lines.length, 5 + 5 + 9);
});

test('RepeatFilter lets lines through that no storm is made of, and tells the count when it is flushed', () => {
  const { filter, lines } = setUp();
  for (let time = 0; time < 9; time += 1) filter.info('client closed the connection');
  for (let time = 0; time < 9; time += 1) filter.warn('refresh failed', fields);
  filter.flush();
  assert.equal(lines.length, 9 + 5 + 1);
  assert.equal(lines.at(-1), 'refresh failed (and 4 more times within 10 s)');
});
