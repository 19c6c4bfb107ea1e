// A database user logs in with its password, with four independent clients.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libpqEnvironment, openPostgresJs, queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

test('A user logs in with a password', async (t) => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  await emulator.createDatabaseUser({ name: 'app', password: 'correct horse' });
  const { port, output } = await setting.startProxy(instance);
  const login = { port, user: 'app', password: 'correct horse' };
  assert.match(output, /Authorizing with the credentials file at ".*key\.json"/);
  assert.match(output, /\[local\.us-central1\.demo\.primary\] Listening on 127\.0\.0\.1:\d+/);

  await t.test('with pg', async () => {
    assert.equal(await queryWithPg(login, 'select current_user'), 'app');
  });
  await t.test('with postgres.js', async () => {
    const sql = openPostgresJs(login);
    assert.deepEqual([...(await sql`select current_user`)], [{ current_user: 'app' }]);
    await sql.end();
  });
  await t.test('with psql', { skip: skipUnlessInstalled('psql') }, async () => {
    const env = libpqEnvironment(login);
    const { stdout, stderr } = await runProgram('psql', ['-w', '-Atc', 'select current_user'], env);
    assert.equal(stdout, 'app\n', stderr);
  });
  await t.test('with pgbench, 8 clients at once', { skip: skipUnlessInstalled('pgbench') }, async () => {
    const env = libpqEnvironment({ port, ...emulator.superuser });
    const initialised = await runProgram('pgbench', ['-i', '-q'], env);
    assert.equal(initialised.status, 0, initialised.stderr);
    const run = await runProgram('pgbench', ['-c', '8', '-t', '50'], env);
    assert.match(run.stdout, /number of transactions actually processed: 400\/400/, run.stderr);
    assert.match(run.stdout, /number of failed transactions: 0/);
  });
  await t.test('and is refused with a wrong one, in the words of PostgreSQL', async () => {
    await assert.rejects(queryWithPg({ ...login, password: 'wrong' }, 'select 1'), {
      code: '28P01',
      message: 'password authentication failed for user "app"',
    });
  });
});
