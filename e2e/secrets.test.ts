// Nothing secret reaches a log line, an error or the list of processes, not even at debug level.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { startProxy } from './support/proxy-process.ts';
import { inWine } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

const procSkip = process.platform === 'linux' && !inWine ? false : 'command lines are read from /proc';

test('A run at debug level with failures of every kind shows neither token nor private key', async () => {
  await using setting = await setUp();
  const { emulator, instance, keyFile } = setting;
  const key = JSON.parse(readFileSync(keyFile, 'utf8')) as { private_key: string; private_key_id: string };
  const proxy = await setting.startProxy('--debug-logs', '--structured-logs', instance);
  const login = { port: proxy.port, ...emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  for (const kind of ['refuse-client-certificate', 'truncated-reply', 'oversized-reply'] as const) {
    emulator.addFault({ kind, times: 2 });
    await assert.rejects(queryWithPg(login, 'select 1'));
    emulator.clearFaults();
  }
  emulator.addFault({ kind: 'token-error', error: 'invalid_grant', description: 'no' });
  const other = await setting.startProxy('--debug-logs', instance);
  await other.waitFor('refresh failed');
  await Promise.all([proxy.stop(), other.stop()]);
  const output = proxy.output + other.output;
  const lines = key.private_key.split('\n').filter((line) => line.length > 20 && !line.includes('PRIVATE KEY'));
  for (const secret of [...lines, emulator.superuser.password]) {
    assert.ok(!output.includes(secret), 'a secret stands in the log');
  }
  // Signed assertions begin with eyJ, access tokens of Google and of the emulator with ya29.
  assert.doesNotMatch(output, /PRIVATE KEY|eyJ[A-Za-z0-9_-]{10}|ya29\.|[Bb]earer /);
});

test('A token on the command line is not shown in the list of processes', { skip: procSkip }, async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const token = emulator.mintToken('ada@example.com');
  const args = ['--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0', `--token=${token}`, '--debug-logs'];
  await using proxy = await startProxy([...args, instance]);
  const commandLine = readFileSync(`/proc/${proxy.pid}/cmdline`, 'utf8');
  assert.ok(!commandLine.includes(token), commandLine);
  assert.match(commandLine, /--token=\*\*\*/);
});
