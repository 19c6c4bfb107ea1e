// The table of command lines in test/command-lines.txt: what each is taken for, through `config --format json`, or refused with.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseBlocks, type Block } from '../../test/command-lines/blocks.ts';
import { runConfig } from './commands/config.ts';
import { UsageError } from './usage-error.ts';

const table = new URL('../../test/command-lines/command-lines.txt', import.meta.url);
const blocks = parseBlocks(readFileSync(table, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'command-lines-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'sockets'));
writeFileSync(join(folder, 'file'), '');

const instances: Readonly<Record<string, string>> = {
  A: 'projects/p/locations/r/clusters/c/instances/a',
  B: 'projects/p/locations/r/clusters/c/instances/b',
  G: 'projects/google.com:p/locations/r/clusters/c/instances/i',
};

/** The table has short names for instances, and FOLDER for the folder of the test. */
function expand(word: string): string {
  return word.replaceAll('FOLDER', folder).replace(/^([ABG])(?=$|\?)/, (name) => instances[name] ?? name);
}

function shorten(text: string): string {
  let short = text.replaceAll(folder, 'FOLDER');
  for (const [name, uri] of Object.entries(instances)) short = short.replaceAll(uri, name);
  return short;
}

interface Printed {
  readonly settings: Readonly<
    Record<string, { readonly value: unknown; readonly source: Readonly<Record<string, string>> }>
  >;
  readonly instances: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

/** One line for each setting that is no default, one for each instance, one for each notice; or the error and its hint. */
async function outcomeOf({ argv, env, file }: Block): Promise<string> {
  if (file !== undefined) writeFileSync(join(folder, file.name), file.text);
  let out = '';
  let notices = '';
  const sinks = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (notices += `notice: ${text}`) },
  };
  const variables = Object.entries(env).map(([name, value]) => [`ALLOYDB_PROXY_${name}`, expand(value)]);
  const words = ['--format=json', ...argv.map(expand)];
  try {
    await runConfig({ argv: words, env: Object.fromEntries(variables), sinks });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return shorten(`error: ${error.message}\nhint: ${error.hint}`);
  }
  const printed = JSON.parse(out) as Printed;
  const settings = Object.entries(printed.settings)
    .filter(([, { source }]) => source['from'] !== 'default')
    .map(([name, { value, source }]) => `${name} = ${JSON.stringify(value)} from ${origin(source)}`);
  const lines = printed.instances.map(({ uri, domain, address, port, unixSocketPath, ...facts }) => {
    const place = unixSocketPath ?? `${String(address)}:${String(port)}`;
    const told = Object.entries(facts).filter(
      ([, value]) => ![null, false, 0, 'PRIVATE'].some((usual) => usual === value),
    );
    return [
      String(uri ?? domain),
      'at',
      String(place),
      ...told.map(([name, value]) => `${name}=${String(value)}`),
    ].join(' ');
  });
  return shorten([...settings, ...lines, notices.trimEnd()].filter((line) => line !== '').join('\n'));
}

function origin({ from, variable, key }: Readonly<Record<string, string>>): string {
  return [from, variable?.replace('ALLOYDB_PROXY_', ''), key].filter((part) => part !== undefined).join(' ');
}

for (const block of blocks) {
  test(`the command line ${block.title}`, async () => {
    const outcome = await outcomeOf(block);
    if (process.env['UPDATE_COMMAND_LINES'] !== undefined) process.stderr.write(`${block.source}\n${outcome}\n\n`);
    else assert.equal(outcome, block.expected);
  });
}

test('the table has at least 150 command lines, none of them twice', () => {
  assert.ok(blocks.length >= 150, `${blocks.length} command lines`);
  assert.equal(new Set(blocks.map(({ source }) => source)).size, blocks.length);
});
