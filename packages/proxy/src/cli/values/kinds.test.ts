// How the text of each kind of value is read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseBoolean, parseQueryBoolean } from './boolean.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { KINDS, type KindName } from './kinds.ts';

const CASES: { readonly [Kind in KindName]: readonly (readonly [text: string, value: unknown])[] } = {
  string: [
    ['a', 'a'],
    [' ', ' '],
    ['', undefined],
  ],
  path: [
    ['/a b', '/a b'],
    ['a\0b', undefined],
    ['', undefined],
  ],
  boolean: [
    ['true', true],
    ['F', false],
    ['yes', undefined],
    ['tRUE', undefined],
    ['', undefined],
  ],
  port: [
    ['0', 0],
    ['65535', 65_535],
    ['65536', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['0x50', undefined],
    [' 1', undefined],
    ['1e3', undefined],
  ],
  unsigned: [
    ['0', 0],
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740993', undefined],
    ['-0', undefined],
    ['01', undefined],
  ],
  positive: [
    ['1', 1],
    ['10000', 10_000],
    ['0', undefined],
    ['-1', undefined],
  ],
  choice: [
    ['a', 'a'],
    ['', undefined],
  ],
  duration: [
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1_000],
    ['0', 0],
    ['+1s', 1_000],
    ['2us', 0.002],
    ['2µs', 0.002],
    ['1s1s', 2_000],
    ['30', undefined],
    ['-30s', undefined],
    ['', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['1d', undefined],
    ['1 s', undefined],
    ['1S', undefined],
    ['3000000h', undefined],
  ],
  list: [
    ['a', ['a']],
    ['a, b', ['a', 'b']],
    ['', undefined],
    ['a,', undefined],
  ],
  host: [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['localhost', 'localhost'],
    ['db.example.com.', 'db.example.com.'],
    ['127.0.0.256', undefined],
    ['127.0.0.1:5432', undefined],
    ['[::1]', undefined],
    ['http://x', undefined],
    ['a b', undefined],
    ['-a', undefined],
    ['a..b', undefined],
    ['', undefined],
    [`${'a'.repeat(64)}.com`, undefined],
  ],
  mode: [
    ['0600', 0o600],
    ['660', 0o660],
    ['0777', 0o777],
    ['0888', undefined],
    ['60', undefined],
    ['4755', undefined],
    ['rw-rw----', undefined],
    ['', undefined],
  ],
  url: [
    ['https://alloydb.googleapis.com', 'https://alloydb.googleapis.com'],
    ['https://alloydb.googleapis.com/', 'https://alloydb.googleapis.com'],
    ['http://127.0.0.1:8080/base//', 'http://127.0.0.1:8080/base'],
    ['alloydb.googleapis.com', undefined],
    ['ftp://x', undefined],
    ['https:x', undefined],
    ['https://', undefined],
    ['https://user:password@x', undefined],
    ['https://x?a=b', undefined],
    ['', undefined],
  ],
  'project-or-cluster': [
    ['projects/p', 'projects/p'],
    ['projects/p/locations/r/clusters/c', 'projects/p/locations/r/clusters/c'],
    ['projects/p/locations/r', undefined],
    ['', undefined],
  ],
  'name-server': [
    ['10.0.0.2', '10.0.0.2'],
    ['10.0.0.2:5353', '10.0.0.2:5353'],
    ['::1', '::1'],
    ['[::1]:53', '[::1]:53'],
    ['10.0.0.2:0', undefined],
    ['[10.0.0.2]:53', undefined],
    ['ns.example.com', undefined],
    ['', undefined],
  ],
};

for (const [kind, cases] of Object.entries(CASES)) {
  for (const [text, value] of cases) {
    test(`KINDS.${kind} reads ${JSON.stringify(text)} as ${JSON.stringify(value) ?? 'nothing'}`, () => {
      assert.deepEqual(KINDS[kind as KindName].parse(text), value);
    });
  }
}

test('parseQueryBoolean takes true, t, nothing, false and f in any letter case, and no digits', () => {
  for (const text of ['true', 'T', 'tRuE', '']) assert.equal(parseQueryBoolean(text), true);
  for (const text of ['false', 'F', 'FaLsE']) assert.equal(parseQueryBoolean(text), false);
  for (const text of ['1', '0', 'yes', ' true']) assert.equal(parseQueryBoolean(text), undefined);
});

test('parseBoolean takes exactly the twelve spellings of Go', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 5 }), (text) => {
      const isSpelling = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(text);
      assert.equal(parseBoolean(text) !== undefined, isSpelling);
    }),
  );
});

test('formatDuration writes what parseDuration reads', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [500, '500ms'],
    [1_500, '1.5s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
  ] as const) {
    assert.equal(formatDuration(ms), text);
  }
  fc.assert(
    fc.property(fc.nat({ max: 10 ** 12 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});

test('parseDuration adds up hours, minutes, seconds and milliseconds', () => {
  const part = fc.nat({ max: 1_000 });
  fc.assert(
    fc.property(part, part, part, part, (h, m, s, ms) => {
      assert.equal(parseDuration(`${h}h${m}m${s}s${ms}ms`), ((h * 60 + m) * 60 + s) * 1_000 + ms);
    }),
  );
});
