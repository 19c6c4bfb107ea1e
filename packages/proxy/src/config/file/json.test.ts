// JSON with lines: the same documents as JSON.parse, and where things stand in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readJson } from './json.ts';
import { FileSyntaxError } from './syntax-error.ts';
import type { FileValue } from './tree.ts';

function plain(value: FileValue): unknown {
  switch (value.is) {
    case 'text':
      return value.text;
    case 'number':
      return Number(value.text);
    case 'boolean':
      return value.value;
    case 'list':
      return value.items.map((item) => plain(item.value));
    case 'table':
      return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
    case 'date':
    case 'nothing':
      return null;
  }
}

function accepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('readJson reads every document as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent);
      assert.deepEqual(plain(readJson(written)), JSON.parse(written));
    }),
  );
});

const OTHER_SCRAPS = ['true', 'tru', 'null', 'NaN', '//', ' ', '\n', '\u00a0', '\ufeff', '"', '"\t"'];

test('readJson refuses what JSON.parse refuses and nothing else, for documents that are nearly JSON', () => {
  const scrap = fc.constantFrom(
    ...'{ } [ ] , : "a" "b" \'c\' "\\u00e9" "\\x" 0 01 -1 - 1.5 1. .5 1e9 +1'.split(' '),
    ...OTHER_SCRAPS,
  );
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 8 }), (scraps) => {
      const text = scraps.join('');
      if (accepts(text)) assert.deepEqual(plain(readJson(text)), JSON.parse(text));
      else assert.throws(() => readJson(text), FileSyntaxError);
    }),
    { numRuns: 5_000 },
  );
});

test('readJson tells the line of every key and item, and keeps keys that are repeated', () => {
  assert.deepEqual(readJson('{\r\n"a":\r\n 1, "b": [\n2\n],\n"a": null}'), {
    is: 'table',
    entries: [
      { key: 'a', line: 2, value: { is: 'number', text: '1' } },
      { key: 'b', line: 3, value: { is: 'list', items: [{ line: 4, value: { is: 'number', text: '2' } }] } },
      { key: 'a', line: 6, value: { is: 'nothing' } },
    ],
  });
});

const WRONG: readonly (readonly [text: string, message: string, line: number])[] = [
  ['', 'expected a value, but the file ends here', 1],
  ['{\n"a": 1\n\n', 'expected "," or "}", but the file ends here', 2],
  ['{\n"a": 1,\n}', 'expected a key in double quotes before "}"', 3],
  ['[1,\n]', 'expected a value before "]"', 2],
  ['{"a" 1}', 'expected ":" behind a key', 1],
  ['{"a": 1\n"b": 2}', 'expected "," or "}"', 2],
  ['{\n// no\n}', 'JSON has no comments', 2],
  ['# no\n{}', 'JSON has no comments', 1],
  ["{'a': 1}", 'text stands in double quotes', 1],
  ['{a: 1}', 'expected a key in double quotes', 1],
  ['{}\n{}', 'expected nothing more', 2],
  ['['.repeat(200), 'it is nested more than 100 deep', 1],
];

for (const [text, message, line] of WRONG) {
  test(`readJson says "${message}" for ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.throws(() => readJson(text), { message, line });
  });
}

test('readJson does not slow down on long text that never ends', () => {
  assert.throws(() => readJson(`{"token": "${'a\\n'.repeat(200_000)}`), FileSyntaxError);
});
