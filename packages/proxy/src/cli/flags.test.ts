// What the flag table promises to whoever reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentName, FLAG_ROWS } from './flags.ts';
import { parseAs } from './values/read-value.ts';

test('FLAGS has each name and each short name once', () => {
  const names = FLAG_ROWS.map((row) => row.name);
  const shorts = FLAG_ROWS.flatMap((row) => row.short ?? []);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(shorts).size, shorts.length);
  for (const short of shorts) assert.match(short, /^[a-zA-Z]$/);
});

test('FLAGS has defaults that its own kinds accept', () => {
  for (const row of FLAG_ROWS) {
    if (row.default !== undefined) assert.notEqual(parseAs(row, row.default), undefined, `default of ${row.name}`);
  }
});

test('FLAGS names only flags that exist as conflicts and needs', () => {
  const names = FLAG_ROWS.map((row) => row.name);
  for (const { conflictsWith = [], needs = [] } of FLAG_ROWS) {
    for (const other of [...conflictsWith, ...needs]) assert(names.includes(other), other);
  }
});

test('FLAGS has choices for every choice, and for nothing else', () => {
  for (const { name, kind, choices } of FLAG_ROWS) assert.equal(choices !== undefined, kind === 'choice', name);
});

test('FLAGS has a placeholder for every value and none for booleans', () => {
  for (const { name, kind, placeholder } of FLAG_ROWS)
    assert.equal(placeholder === undefined, kind === 'boolean', name);
});

test('environmentName writes a flag the way the official proxy does', () => {
  assert.equal(environmentName('auto-iam-authn'), 'ALLOYDB_PROXY_AUTO_IAM_AUTHN');
});
