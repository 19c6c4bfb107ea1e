// The command line as a round trip: whatever values are written in whatever form, they are read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FLAG_ROWS, FLAGS } from './flags.ts';
import { isFlag, type FlagRow } from './flag-row.ts';
import { parseArgs } from './parse-args.ts';
import type { KindName } from './values/kinds.ts';

const printable = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0'));

/** Texts that are values of each kind and that the kind keeps as they are, together with what they mean. */
const TEXTS: Readonly<Record<Exclude<KindName, 'duration' | 'list' | 'mode' | 'choice'>, fc.Arbitrary<string>>> = {
  string: printable,
  path: printable,
  boolean: fc.constantFrom('true', 'false'),
  port: fc.nat({ max: 65_535 }).map(String),
  unsigned: fc.maxSafeNat().map(String),
  positive: fc.integer({ min: 1 }).map(String),
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
  url: fc.webUrl().map((url) => url.replace(/\/+$/, '')),
  'project-or-cluster': fc.constantFrom('projects/p', 'projects/p/locations/r/clusters/c'),
  'name-server': fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`),
};

function textsOf({ kind, choices }: FlagRow): fc.Arbitrary<string> {
  if (choices !== undefined) return fc.constantFrom(...choices);
  assert(kind !== 'choice' && kind !== 'duration' && kind !== 'list' && kind !== 'mode');
  return TEXTS[kind];
}

/** The forms of one flag; a boolean has no form with the value in the next argument. */
function formsOf({ name, short, kind }: FlagRow, text: string): (readonly string[])[] {
  const forms: (readonly string[])[] = [[`--${name}=${text}`]];
  if (kind !== 'boolean') forms.push([`--${name}`, text]);
  if (kind === 'boolean' && text === 'true') forms.push([`--${name}`]);
  if (short === undefined) return forms;
  forms.push([`-${short}=${text}`]);
  if (kind !== 'boolean') forms.push([`-${short}`, text]);
  if (kind === 'boolean' && text === 'true') forms.push([`-${short}`]);
  // Joined, the value must not be taken for the rest of "-f=…" or make the word a long flag's name.
  const isAmbiguous = text.startsWith('=') || FLAG_ROWS.some((row) => row.name === `${short}${text}`.split('=')[0]);
  if (kind !== 'boolean' && !isAmbiguous) forms.push([`-${short}${text}`]);
  return forms;
}

const writtenFlag = fc
  // A repeated list adds up, durations and modes are read as numbers; the table of command lines covers them.
  .constantFrom(...FLAG_ROWS.filter(isFlag).filter(({ kind }) => !['list', 'duration', 'mode'].includes(kind)))
  .chain((row) =>
    textsOf(row).chain((text) =>
      fc.constantFrom(...formsOf(row, text)).map((args) => ({ name: row.name, text, args })),
    ),
  );

const writtenPositional = fc.constantFrom('-', 'X', 'projects/p', 'a=b').map((text) => ({ text, args: [text] }));

test('parseArgs reads back every mixture of flags and arguments, the last of each flag', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(writtenFlag, writtenPositional), { maxLength: 12 }), (written) => {
      const argv = written.flatMap(({ args }) => args);
      const { given, positionals, mistakes } = parseArgs(FLAGS, argv);
      assert.deepEqual(mistakes, []);
      const flags = written.filter((item) => 'name' in item);
      assert.deepEqual(
        Object.fromEntries(Object.entries(given).map(([name, setting]) => [name, String(setting.value)])),
        Object.fromEntries(flags.map(({ name, text }) => [name, text])),
      );
      assert.deepEqual(
        positionals,
        written.filter((item) => !('name' in item)).map(({ text }) => text),
      );
    }),
  );
});

test('parseArgs never throws, whatever the arguments are', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `-${text}`),
          fc.string().map((text) => `--${text}`),
        ),
      ),
      (argv) => {
        parseArgs(FLAGS, argv);
      },
    ),
  );
});
