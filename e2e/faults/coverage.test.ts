// Every fault of every side meets every phase, or it is written down why it cannot.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCells, type Cell, covered, excludes, impossible } from './coverage.ts';

test('Every fault in every phase is a case or impossible for a reason, and never both', (t) => {
  const cases = new Set(covered.map(keyOf));
  const excluded = new Set(allCells.filter((cell) => impossible.some((each) => excludes(each, cell))).map(keyOf));
  const missing = allCells.map(keyOf).filter((key) => !cases.has(key) && !excluded.has(key));
  assert.deepEqual(missing, [], 'neither a case nor impossible');
  const contradictory = [...cases].filter((key) => excluded.has(key));
  assert.deepEqual(contradictory, [], 'both a case and impossible');
  t.diagnostic(
    `${allCells.length} combinations: ${cases.size} with ${covered.length} cases, ${excluded.size} impossible`,
  );
});

test('Every case is about a fault that there is, and every impossibility about something', () => {
  const known = new Set(allCells.map(keyOf));
  assert.deepEqual(
    covered.map(keyOf).filter((key) => !known.has(key)),
    [],
  );
  for (const each of impossible) {
    assert.ok(
      allCells.some((cell) => excludes(each, cell)),
      each.because,
    );
    for (const fault of each.faults ?? [])
      assert.ok(
        allCells.some((cell) => cell.fault === fault),
        fault,
      );
  }
});

function keyOf({ side, fault, phase }: Cell): string {
  return `${side} ${fault} in ${phase}`;
}
