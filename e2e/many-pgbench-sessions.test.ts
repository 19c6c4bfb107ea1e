// pgbench runs with 64 sessions at once through proxy and emulator.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libpqEnvironment } from './support/clients.ts';
import { setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

const sessions = 64;

test('64 sessions of pgbench run through the proxy and the emulator', {
  skip: skipUnlessInstalled('pgbench'),
}, async (t) => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const { port } = await setting.startProxy(instance);
  const env = libpqEnvironment({ port, ...emulator.superuser });
  const prepared = await runProgram('pgbench', ['-i', '-q'], env);
  assert.equal(prepared.status, 0, prepared.stderr);

  const bench = async (transactions: number, ...more: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await runProgram(
      'pgbench',
      ['-n', '-c', `${sessions}`, '-t', `${transactions}`, ...more],
      env,
    );
    const all = sessions * transactions;
    assert.match(stdout, new RegExp(`number of transactions actually processed: ${all}/${all}`), stderr);
    assert.match(stdout, /number of failed transactions: 0/);
  };
  await t.test('that stay', async () => bench(20));
  await t.test('of which each makes a connection for every transaction', async () => bench(3, '-C', '-S'));
  await t.test('and all of them end', async () => {
    while (emulator.statistics().connections[instance]?.open !== 0) await new Promise(setImmediate);
  });
});
