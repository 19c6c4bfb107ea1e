// What the flag table promises to whoever reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentName, FLAG_ROWS } from './flags.ts';
import { KINDS } from './values/kinds.ts';

test('FLAGS has each name and each short name once', () => {
  const names = FLAG_ROWS.map((row) => row.name);
  const shorts = FLAG_ROWS.flatMap((row) => row.short ?? []);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(shorts).size, shorts.length);
  for (const short of shorts) assert.match(short, /^[a-zA-Z]$/);
});

test('FLAGS has defaults that its own kinds accept', () => {
  for (const { name, kind, default: text } of FLAG_ROWS) {
    if (text !== undefined) assert.notEqual(KINDS[kind].parse(text), undefined, `default of ${name}`);
  }
});

test('FLAGS names only flags that exist as conflicts', () => {
  const names = FLAG_ROWS.map((row) => row.name);
  for (const { conflictsWith = [] } of FLAG_ROWS) {
    for (const other of conflictsWith) assert(names.includes(other), other);
  }
});

test('FLAGS has a placeholder for every value and none for booleans', () => {
  for (const { name, kind, placeholder } of FLAG_ROWS)
    assert.equal(placeholder === undefined, kind === 'boolean', name);
});

test('environmentName writes a flag the way the official proxy does', () => {
  assert.equal(environmentName('auto-iam-authn'), 'ALLOYDB_PROXY_AUTO_IAM_AUTHN');
});
