// Config files as a round trip: settings written in any of the formats are read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify as writeToml } from 'smol-toml';
import { stringify as writeYaml } from 'yaml';
import { type FlagRow, isInFile } from '../../cli/flag-row.ts';
import { FLAG_ROWS } from '../../cli/flags.ts';
import { type KindName, KINDS } from '../../cli/values/kinds.ts';
import { ConfigFile } from './config-file.ts';
import { readDocument } from './document.ts';
import { formatOf } from './formats.ts';

const ROWS = FLAG_ROWS.filter(isInFile);

const printable = fc.string({ minLength: 1, unit: 'grapheme' });
const word = fc.stringMatching(/^[\w.:/-]{1,20}$/);

/** A value as the file has it, and as a flag would. */
interface Written {
  readonly literal: unknown;
  readonly text: string;
}

const asText = (texts: fc.Arbitrary<string>): fc.Arbitrary<Written> => texts.map((text) => ({ literal: text, text }));

/** Written in the format's own type, or as text. */
const typed = (values: fc.Arbitrary<number | boolean>): fc.Arbitrary<Written> =>
  fc
    .tuple(values, fc.boolean())
    .map(([value, isText]) => ({ literal: isText ? String(value) : value, text: String(value) }));

const VALUES: { readonly [Kind in Exclude<KindName, 'choice'>]: fc.Arbitrary<Written> } = {
  string: asText(printable),
  path: asText(printable),
  boolean: typed(fc.boolean()),
  port: typed(fc.nat({ max: 65_535 })),
  unsigned: typed(fc.maxSafeNat()),
  positive: typed(fc.integer({ min: 1 })),
  duration: asText(fc.nat({ max: 1_000_000 }).map((ms) => `${ms}ms`)),
  mode: asText(fc.nat({ max: 0o777 }).map((mode) => mode.toString(8).padStart(4, '0'))),
  host: asText(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())),
  url: asText(fc.webUrl()),
  'project-or-cluster': asText(fc.constantFrom('projects/p', 'projects/p/locations/r/clusters/c')),
  'name-server': asText(fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`)),
  list: fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([items, isText]) => ({ literal: isText ? items.join(',') : items, text: items.join(',') })),
};

function valuesOf({ kind, choices = [] }: FlagRow): fc.Arbitrary<Written> {
  return kind === 'choice' ? asText(fc.constantFrom(...choices)) : VALUES[kind];
}

const assignment = fc
  .subarray([...ROWS])
  .chain((rows) => fc.tuple(...rows.map((row) => fc.record({ row: fc.constant(row), written: valuesOf(row) }))))
  .map((pairs) => pairs as readonly { readonly row: FlagRow; readonly written: Written }[]);

const WRITERS: { readonly [Extension in string]: (document: object) => string } = {
  toml: writeToml,
  yaml: (document) => writeYaml(document),
  json: (document) => JSON.stringify(document, undefined, 1),
};

for (const [extension, write] of Object.entries(WRITERS)) {
  test(`readDocument reads back any settings written as .${extension}`, async () => {
    await fc.assert(
      fc.asyncProperty(assignment, fc.boolean(), async (pairs, isUpper) => {
        const keyOf = ({ name }: FlagRow) => (isUpper ? name.toUpperCase() : name);
        const document = Object.fromEntries(pairs.map(({ row, written }) => [keyOf(row), written.literal]));
        const format = formatOf(`a.${extension}`);
        assert(format !== undefined);
        const file = new ConfigFile('a', format);
        const { settings } = await readDocument(write(document), file);
        assert.deepEqual(file.mistakesInOrder(), []);
        assert.deepEqual(
          Object.entries(settings).map(([name, { value }]) => [name, value]),
          pairs.map(({ row, written }) => [row.name, KINDS[row.kind].parse(written.text)]),
        );
      }),
    );
  });
}

test('readDocument never throws, whatever the text is', async () => {
  const scrap = fc.oneof(
    fc.constantFrom(
      'port',
      'instances',
      'uri',
      '[[',
      ']]',
      '{',
      '}',
      '=',
      ': ',
      '\n',
      '- ',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'''",
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('toml', 'yaml', 'json'), fc.array(scrap), async (extension, scraps) => {
      const format = formatOf(`a.${extension}`);
      assert(format !== undefined);
      await readDocument(scraps.join(''), new ConfigFile('a', format));
    }),
    { numRuns: 2_000 },
  );
});
