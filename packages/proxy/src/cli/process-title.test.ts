// Secrets on the command line do not stay visible in lists of processes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactArguments } from './process-title.ts';

for (const [argv, shown] of [
  ['--token abc URI', '--token *** URI'],
  ['--token=abc URI', '--token=*** URI'],
  ['-t abc URI', '-t *** URI'],
  ['-tabc URI', '-t*** URI'],
  ['-t=abc URI', '-t*** URI'],
  ['-lt abc URI', '-lt *** URI'],
  ['--port 5 --login-token abc', '--port 5 --login-token ***'],
  ['-j {} --json-credentials={}', '-j *** --json-credentials=***'],
] as const) {
  test(`redactArguments shows "${argv}" as "${shown}"`, () => {
    assert.equal(redactArguments(argv.split(' '))?.join(' '), shown);
  });
}

test('redactArguments leaves a command line without secrets alone', () => {
  assert.equal(redactArguments(['--port', '5', '--token-file', 'x', '--auto-ip', 'URI']), undefined);
});
