// What is remembered of a row of errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemLog } from './problem-log.ts';

function problem(message: string, at: number) {
  return { at, message, code: undefined, hint: `mend ${message}` };
}

test('ProblemLog counts repeats at their last time, and keeps the newest first', () => {
  const log = new ProblemLog();
  log.add(problem('no route', 1));
  log.add(problem('refused', 2));
  log.add(problem('no route', 3));
  assert.deepEqual(log.newestFirst, [
    { ...problem('no route', 3), count: 2 },
    { ...problem('refused', 2), count: 1 },
  ]);
});

test('ProblemLog forgets the oldest of more than ten', () => {
  const log = new ProblemLog();
  for (let at = 1; at <= 12; at += 1) log.add(problem(`error ${at}`, at));
  assert.deepEqual(
    log.newestFirst.map(({ at }) => at),
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3],
  );
});
