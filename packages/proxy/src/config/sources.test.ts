// Precedence: flag before environment before file before default, for every setting and any mixture.

import assert from 'node:assert/strict';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type FlagRow, isInFile } from '../cli/flag-row.ts';
import { environmentName, FLAG_ROWS, FLAGS } from '../cli/flags.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { parseAs } from '../cli/values/read-value.ts';
import { readEnvironment } from './environment.ts';
import { readConfigFile } from './file.ts';
import { type Layer, mergeLayers, type Setting, writtenAs } from './sources.ts';

const ROWS = FLAG_ROWS.filter(isInFile);

const TEXTS: Readonly<Record<string, readonly [flag: string, environment: string, file: string]>> = {
  boolean: ['false', 'true', 'true'],
  port: ['6000', '7000', '8000'],
  unsigned: ['1', '2', '3'],
  host: ['127.0.0.2', '127.0.0.3', '127.0.0.4'],
  url: ['http://flag', 'http://environment', 'http://file'],
  path: ['/flag', '/environment', '/file'],
  string: ['flag', 'environment', 'file'],
  list: ['one', 'two', 'three'],
  duration: ['1ms', '2ms', '3ms'],
  mode: ['0660', '0666', '0777'],
  positive: ['3', '4', '5'],
  'name-server': ['10.0.0.1', '10.0.0.2:53', '[::1]:53'],
};

/** Values of a setting, one for each place where it may be given. */
function textsOf({ kind, choices }: FlagRow): readonly (string | undefined)[] {
  return choices === undefined ? (TEXTS[kind] ?? []) : [choices[0], choices[1], choices.at(-1)];
}

/** What a setting of each kind is, as text, when its row has no default. */
const UNSET: Readonly<Record<string, string>> = { boolean: 'false', list: '' };

/** The value as text; how each kind is read has tests of its own. */
function meaning(row: FlagRow, text: string | undefined): string | undefined {
  return text === undefined ? undefined : String(parseAs(row, text));
}

test('mergeLayers prefers flag to environment to file to default for any choice of settings', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sources-'));
  const path = join(folder.path, 'proxy.json');
  const someRows = fc.subarray(ROWS);
  await fc.assert(
    fc.asyncProperty(someRows, someRows, someRows, async (inFlags, inEnvironment, inFile) => {
      const argv = inFlags.map((row) => `--${row.name}=${textsOf(row)[0]}`);
      const env = Object.fromEntries(inEnvironment.map((row) => [environmentName(row.name), textsOf(row)[1]]));
      writeFileSync(path, JSON.stringify(Object.fromEntries(inFile.map((row) => [row.name, textsOf(row)[2]]))));
      const { settings } = mergeLayers([
        { settings: parseArgs(FLAGS, argv).given, instances: [] },
        readEnvironment(env),
        await readConfigFile(path),
      ]);
      const byName: Readonly<Record<string, Setting<unknown>>> = settings;
      for (const row of ROWS) {
        const setting = byName[row.name];
        const [flag, environment, file] = textsOf(row);
        if (inFlags.includes(row)) {
          assert.equal(String(setting?.value), meaning(row, flag));
          assert.deepEqual(setting?.source, { from: 'command-line' });
        } else if (inEnvironment.includes(row)) {
          assert.equal(String(setting?.value), meaning(row, environment));
          assert.deepEqual(setting?.source, { from: 'environment', variable: environmentName(row.name) });
        } else if (inFile.includes(row)) {
          assert.equal(String(setting?.value), meaning(row, file));
          assert.partialDeepStrictEqual(setting?.source, { from: 'file', path, key: row.name });
        } else {
          assert.equal(String(setting?.value), meaning(row, row.default) ?? UNSET[row.kind] ?? 'undefined');
          assert.deepEqual(setting?.source, { from: 'default' });
        }
      }
    }),
  );
});

test('mergeLayers takes the instances of the first layer that names any', () => {
  const argument: Setting<string> = { value: 'X', source: { from: 'command-line' } };
  const environment = readEnvironment({ ALLOYDB_PROXY_INSTANCE_URI: 'Y' });
  const instancesOf = (given: readonly Setting<string>[]) =>
    mergeLayers([{ settings: {}, instances: given }, environment]).instances.map(({ value }) => value);
  assert.deepEqual(instancesOf([argument]), ['X']);
  assert.deepEqual(instancesOf([]), ['Y']);
});

test('mergeLayers prefers the environment to a config file, and that to the default', () => {
  const source = { from: 'file', path: 'proxy.toml', key: 'port' } as const;
  const file: Layer = {
    settings: { port: { value: 1, source }, quiet: { value: true, source } },
    instances: [{ value: 'F', source, parameters: [{ name: 'psc', text: 'true' }] }],
  };
  const merged = mergeLayers([readEnvironment({ ALLOYDB_PROXY_PORT: '2' }), file]);
  assert.equal(merged.settings.port.value, 2);
  assert.deepEqual(merged.settings.quiet, { value: true, source });
  assert.equal(merged.settings['http-port'].value, 9090);
  assert.deepEqual(merged.instances, file.instances);
});

test('writtenAs names a setting the way the user wrote it', () => {
  assert.equal(writtenAs('port', { from: 'command-line' }), '--port');
  assert.equal(writtenAs('port', { from: 'environment', variable: 'ALLOYDB_PROXY_PORT' }), 'ALLOYDB_PROXY_PORT');
  assert.equal(writtenAs('port', { from: 'file', path: 'proxy.toml', key: 'Port', line: 7 }), 'proxy.toml: Port');
});
