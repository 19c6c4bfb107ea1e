// How results look in a table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResultTable } from './report.ts';

test('The table spells out what would drive a terminal', () => {
  let text = '';
  const sink = { write: (line: string) => void (text += line) };
  const table = new ResultTable([{ title: 'name' }], sink);
  table.add({
    id: 'domain',
    title: 'name',
    instance: undefined,
    status: 'fail',
    evidence: 'it says\n  \u001b[2J',
    fix: 'ask\u0007',
    durationMs: 1,
  });
  assert.equal(text, 'FAIL  name  it says \\u001b[2J\n            fix: ask\\u0007\n');
});
