// An IAM principal logs in without a password, and only as itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libpqEnvironment, openPostgresJs, queryWithPg } from './support/clients.ts';
import { startProxy } from './support/proxy-process.ts';
import { iamUser, setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

test('A service account logs in without a password', async (t) => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  await emulator.createIamUser('someone.else@example.com');
  const { port } = await setting.startProxy('--auto-iam-authn', instance);
  const login = { port, user: iamUser };

  await t.test('with pg', async () => {
    assert.equal(await queryWithPg(login, 'select current_user'), iamUser);
  });
  await t.test('with postgres.js', async () => {
    const sql = openPostgresJs(login);
    assert.deepEqual([...(await sql`select current_user`)], [{ current_user: iamUser }]);
    await sql.end();
  });
  await t.test('with psql', { skip: skipUnlessInstalled('psql') }, async () => {
    const env = libpqEnvironment(login);
    const { stdout, stderr } = await runProgram('psql', ['-w', '-Atc', 'select current_user'], env);
    assert.equal(stdout, `${iamUser}\n`, stderr);
  });
  await t.test('but not as another principal', async () => {
    const other = { port, user: 'someone.else@example.com' };
    await assert.rejects(queryWithPg(other, 'select 1'), /IAM principal does not match database user/);
  });
  await t.test('and not with Auto IAM turned off for the instance', async () => {
    const native = await setting.startProxy('--auto-iam-authn', `${instance}?auto-iam-authn=false`);
    await assert.rejects(queryWithPg({ port: native.port, user: iamUser, password: 'x' }, 'select 1'), {
      code: '28P01',
    });
  });
});

test('A person logs in with an access token', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const user = await emulator.createIamUser('ada@example.com');
  const token = emulator.mintToken('ada@example.com');
  const flags = ['--token', token, '--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0', '-i'];
  await using proxy = await startProxy([...flags, instance]);
  assert.match(proxy.output, /Authorizing with OAuth2 token/);
  assert.equal(await queryWithPg({ port: proxy.port, user }, 'select current_user'), 'ada@example.com');
  assert.ok(!proxy.output.includes(token), 'the token stays out of the log');
});
