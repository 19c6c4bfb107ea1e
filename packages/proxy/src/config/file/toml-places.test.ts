// Where keys stand in TOML.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { findTomlPlaces, type TomlPath, type TomlPlaces } from './toml-places.ts';

const DOCUMENT = `# = comment, [not.a.table]
port = 5_432 # trailing = comment
"quoted key" = 'it''

'literal "key"' = """
[no.table]
no = "key"
\\""" still inside"""""
a . b."c d" = 1979-05-27 07:32:00
lists = [ # comment ]
  "x", # ]
  '''
]''',
  [ 1, 2 ],
  { y = 1, z = { w = 2 } },
]
inline = { first = "}", second = [ "]" ], 3 = true }

[server.deep]
port = 0x10
[server]
name = ""
[[instances]]
uri = "A"

[[instances]]
uri = "B"
[instances.x]
y = 1
[[instances.more]]
z = 1
[[instances.more]]
z = 2
`.replace("'it''", "'it'");

const PLACES: readonly (readonly [path: TomlPath, line: number, written?: string])[] = [
  [['port'], 2, '5_432'],
  [['quoted key'], 3],
  [['literal "key"'], 5],
  [['a'], 9],
  [['a', 'b'], 9],
  [['a', 'b', 'c d'], 9, '1979-05-27 07:32:00'],
  [['lists'], 10],
  [['lists', 0], 11],
  [['lists', 1], 12],
  [['lists', 2, 1], 14, '2'],
  [['lists', 3, 'z', 'w'], 15, '2'],
  [['inline', 'second'], 17],
  [['inline', '3'], 17, 'true'],
  [['server'], 19],
  [['server', 'deep', 'port'], 20, '0x10'],
  [['server', 'name'], 22],
  [['instances'], 23],
  [['instances', 0], 23],
  [['instances', 0, 'uri'], 24],
  [['instances', 1], 26],
  [['instances', 1, 'uri'], 27],
  [['instances', 1, 'x'], 28],
  [['instances', 1, 'x', 'y'], 29, '1'],
  [['instances', 1, 'more', 1, 'z'], 33, '2'],
];

for (const [ending, text] of [
  ['LF', DOCUMENT],
  ['CRLF', DOCUMENT.replaceAll('\n', '\r\n')],
] as const) {
  const places = findTomlPlaces(text);
  for (const [path, line, written] of PLACES) {
    test(`findTomlPlaces finds ${path.join('.')} in line ${line} (${ending})`, () => {
      assert.deepEqual(places.at(path), written === undefined ? { line } : { line, written });
    });
  }
}

test('the document of these tests is TOML', () => {
  assert.equal(parse(DOCUMENT)['port'], 5_432);
});

test('findTomlPlaces says nothing of a document with a key that it cannot decode', () => {
  assert.equal(findTomlPlaces('a = 1\n"\\U00000062" = 2\n').at(['a']), undefined);
});

test('findTomlPlaces finds every key of any document, in a line that holds it', () => {
  const text = fc.string({ unit: 'grapheme' });
  const key = fc.oneof(fc.stringMatching(/^[a-z-]{1,5}$/), fc.constantFrom('a b', 'x.y', '[z]', '#', '=', '__proto__'));
  const { table } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.boolean(),
      text,
      fc.array(fc.integer()),
      fc.array(tie('table'), { minLength: 1, maxLength: 3 }),
      tie('table'),
    ),
    table: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(table, (document) => {
      const written = stringify(document);
      const places = findTomlPlaces(written);
      expectAll(parse(written), [], { places, lines: written.split('\n') });
    }),
  );
});

interface Written {
  readonly places: TomlPlaces;
  readonly lines: readonly string[];
}

function expectAll(value: unknown, path: TomlPath, written: Written): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const part = Array.isArray(value) ? Number(name) : name;
    const place = written.places.at([...path, part]);
    assert(place !== undefined, [...path, part].join('.'));
    if (typeof part === 'string') assert.ok(written.lines[place.line - 1]?.includes(part), `${part}: ${place.line}`);
    expectAll(inner, [...path, part], written);
  }
}
