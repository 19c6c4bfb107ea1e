// YAML: lines, anchors, merge keys, and documents that are refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileEntry, FileValue } from './tree.ts';
import { readYaml } from './yaml.ts';

async function entriesOf(text: string): Promise<readonly FileEntry[]> {
  const value = await readYaml(text);
  assert(value.is === 'table');
  return value.entries;
}

const number = (text: string): FileValue => ({ is: 'number', text });

test('readYaml tells the line of every key, and numbers as they are written', async () => {
  assert.deepEqual(
    await entriesOf('# c\r\nport: 05432\r\nlist:\r\n- 1e400\r\n- {a: .inf}\r\ntext: |\r\n  x: 1\r\nend: 2001-01-01'),
    [
      { key: 'port', line: 2, value: number('05432') },
      {
        key: 'list',
        line: 3,
        value: {
          is: 'list',
          items: [
            { line: 4, value: number('1e400') },
            { line: 5, value: { is: 'table', entries: [{ key: 'a', line: 5, value: number('.inf') }] } },
          ],
        },
      },
      { key: 'text', line: 6, value: { is: 'text', text: 'x: 1\n' } },
      { key: 'end', line: 8, value: { is: 'text', text: '2001-01-01' } },
    ],
  );
});

test('readYaml reads YAML 1.2, whatever a directive says', async () => {
  const [yes] = await entriesOf('%YAML 1.1\n---\na: yes\n');
  assert.deepEqual(yes?.value, { is: 'text', text: 'yes' });
});

for (const text of ['', '\n', '# nothing\n', '---\n', '---\n...\n']) {
  test(`readYaml takes ${JSON.stringify(text)} for no settings`, async () => {
    assert.deepEqual(await entriesOf(text), []);
  });
}

test('readYaml keeps keys that are repeated, and keys of any name', async () => {
  const keys = (await entriesOf('a: 1\na: 2\n__proto__: 3\n5: 4\nnull: 5\n')).map(({ key }) => key);
  assert.deepEqual(keys, ['a', 'a', '__proto__', '5', 'null']);
});

test('readYaml puts the value of an anchor where its alias stands', async () => {
  assert.deepEqual(await entriesOf('a: &x 1\nb: *x\nc: &x 2\nd: *x\n'), [
    { key: 'a', line: 1, value: number('1') },
    { key: 'b', line: 2, value: number('1') },
    { key: 'c', line: 3, value: number('2') },
    { key: 'd', line: 4, value: number('2') },
  ]);
});

test('readYaml merges tables: own keys count first, then those of the table named first', async () => {
  const [, , merged] = await entriesOf(
    'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2, Own: 2}\nc:\n  <<: [*a, *b]\n  own: 3\n',
  );
  assert(merged?.value.is === 'table');
  assert.deepEqual(
    merged.value.entries.map(({ key, line }) => [key, line]),
    [
      ['own', 5],
      ['x', 1],
      ['y', 1],
      ['z', 2],
    ],
  );
});

const laughs = Array.from({ length: 30 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}, *l${n}]`);

const WRONG: readonly (readonly [text: string, message: string, line: number])[] = [
  [`l0: &l0 ha\n${laughs.join('\n')}\n`, 'its aliases stand for more than 10000 values', 9],
  ['a: &a [*a]\n', 'it is nested more than 100 deep', 1],
  ['a: 1\nb: *nobody\n', 'an alias (*NAME) has no anchor (&NAME) above it', 2],
  ['b: *late\na: &late 1\n', 'an alias (*NAME) has no anchor (&NAME) above it', 1],
  ['a: &a 1\nb:\n  <<: *a\n', '"<<" stands before something that has no keys', 3],
  ['a: 1\n? [b]\n: 2\n', 'a key is not text', 2],
  ['a: !secret b\n', 'a tag (!…) has no meaning here', 1],
  ['a: !!binary aGk=\n', 'a tag (!…) has no meaning here', 1],
  ['a: 1\n---\nb: 2\n', 'there is more than one document ("---")', 2],
  ['a:\n\t- b\n', 'a tab is used for indentation', 2],
  ['a: 1\n  b: 2\n', 'a line has two keys, or a value that needs quotes', 1],
  ['a: "b\n', 'a quote, bracket, colon, comma or space is missing', 1],
  ['a: @b\n', 'a value begins with a character that needs quotes', 1],
  ['a: "\\q"\n', 'text in double quotes has an escape (\\…) that does not exist', 1],
  [`a: ${'['.repeat(50_000)}`, 'it is nested too deeply', 1],
];

for (const [text, message, line] of WRONG) {
  test(`readYaml says "${message}" for ${JSON.stringify(text.slice(0, 30))}`, async () => {
    await assert.rejects(readYaml(text), { name: 'FileSyntaxError', message, line });
  });
}
