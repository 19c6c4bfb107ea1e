// Tables made from results by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measure, Result } from '../measures/measure.ts';
import { asMarkdown, asText, tablesOf } from './tables.ts';

const measure: Measure = {
  id: 'm',
  title: 'Work',
  columns: [{ key: 'cpu', title: 'CPU', digits: 1 }],
  compared: 'cpu',
  run: () => Promise.resolve(),
};

function result(candidate: string, round: number, cpu?: number): Result {
  return { measure: 'm', of: 'much', candidate, round, figures: cpu === undefined ? {} : { cpu } };
}

const results = [
  result('direct', 1),
  result('go', 1, 2),
  result('ours', 1, 1),
  result('go', 2, 4),
  result('ours', 2, 6),
];

test('tablesOf compares round by round, so that a busy round does not count twice', () => {
  const [table] = tablesOf(measure, results, 'go');
  assert.deepEqual(table?.rows, [
    ['direct', '–', '–'],
    ['go', '3.0 (2.0–4.0)', '1.00'],
    ['ours', '3.5 (1.0–6.0)', '1.00 (0.50–1.50)'],
  ]);
});

test('tablesOf shows no ratios when the candidate to compare with was not measured', () => {
  const [table] = tablesOf(measure, results, 'haproxy');
  assert.deepEqual(table?.rows.at(-1), ['ours', '3.5 (1.0–6.0)', '–']);
});

test('asMarkdown and asText show the same cells', () => {
  const table = { title: 'T', head: ['', 'CPU'], rows: [['ours', '1.0']] };
  assert.equal(asMarkdown(table), '### T\n\n|  | CPU |\n| --- | --: |\n| ours | 1.0 |\n');
  assert.equal(asText(table), 'T\n      CPU\nours  1.0\n');
});
