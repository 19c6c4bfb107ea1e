// Tests what the program answers without starting anything.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './run.ts';

async function outcomeOf(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const print = (text: string): void => void (out += text);
  const printError = (text: string): void => void (err += text);
  const code = await run({ argv, env: {}, print, printError, uptimeMs: () => 0, stop: Promise.resolve() });
  return { code, out, err };
}

test('run answers --help and --version on standard output', async () => {
  const help = await outcomeOf('--help');
  assert.deepEqual([help.code, help.err], [0, '']);
  assert.match(help.out, /^Usage: alloydb-emulator/);
  assert.match((await outcomeOf('--version')).out, /^alloydb-emulator \d+\.\d+\.\d+\n$/);
});

const MISTAKES = [
  [['--colour'], /^alloydb-emulator: error: unknown option '--colour'\nalloydb-emulator: hint: see .*--help\n$/],
  [['--api-port', 'x'], /^alloydb-emulator: error: cannot use "x" as --api-port: .*\nalloydb-emulator: hint: .*\n$/],
  [
    ['--token-life', '0'],
    /^alloydb-emulator: error: cannot use "0" as --token-life: .*\nalloydb-emulator: hint: .*\n$/,
  ],
  [
    ['--ssl-mode', 'OFF'],
    /^alloydb-emulator: error: cannot use "OFF" as --ssl-mode: .*\nalloydb-emulator: hint: .*\n$/,
  ],
  [
    ['--state', 'x.json', '--require-connectors'],
    /^alloydb-emulator: error: cannot use --require-connectors together with --state\nalloydb-emulator: hint: .*\n$/,
  ],
  [
    ['set-connection-rule', 'i', '--require-connectors', 'yes'],
    /^alloydb-emulator: error: cannot use "yes" as --require-connectors\nalloydb-emulator: hint: use true or false\n$/,
  ],
  [['--instance', 'i'], /^alloydb-emulator: error: cannot read instance URI "i"\nalloydb-emulator: hint: .*\n$/],
  [['--database-url', 'x'], /^alloydb-emulator: error: cannot read the database URL\nalloydb-emulator: hint: .*\n$/],
] as const;

for (const [args, lines] of MISTAKES) {
  test(`run ends ${args.join(' ')} with error, hint and exit code 1`, async () => {
    const { code, out, err } = await outcomeOf(...args);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, lines);
  });
}

test('run never replaces a key file that is not an emulator’s own', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'run-test-'));
  t.after(async () => rm(folder, { recursive: true }));
  const keyFile = join(folder, 'real.json');
  const real = '{"type":"service_account","token_uri":"https://oauth2.googleapis.com/token"}';
  await writeFile(keyFile, real);
  const { code, err } = await outcomeOf('--key-file', keyFile);
  assert.equal(code, 1);
  assert.match(err, /error: cannot write the key file .*: it exists and is not an emulator's own\n.*hint: /);
  assert.equal(await readFile(keyFile, 'utf8'), real);
});
