// Tokens and logins that are refused: made anew where that helps, explained where it does not.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProxyWith } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { iamUser, setUp } from './support/setting.ts';

const person = 'ada@example.com';

test('A token that the Admin API refuses with 401 is replaced, and the client is served', async (t) => {
  await using setting = await setUp();
  const { emulator, keyFile } = setting;
  for (const method of ['connectionInfo', 'generateClientCertificate'] as const) {
    await t.test(`by ${method}`, async () => {
      emulator.addFault({ kind: 'api-error', method, status: 401, reason: 'ACCESS_TOKEN_EXPIRED' });
      const before = emulator.statistics();
      await using proxy = await startProxyWith(setting, { args: ['--credentials-file', keyFile] });
      assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
      const after = emulator.statistics();
      assert.equal(after.apiCalls[method] - before.apiCalls[method], 2, 'the call is made twice');
      const grant = 'jwt-bearer';
      assert.ok(after.tokenRequestsByGrant[grant] > before.tokenRequestsByGrant[grant] + 1, 'a new token is made');
      assert.equal(proxy.stderr, '', 'it is nothing to trouble anybody with');
    });
  }
});

test('A token that the instance refuses is replaced, and the client is served', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--auto-iam-authn', instance);
  const login = { port: proxy.port, user: iamUser };
  assert.equal(await queryWithPg(login, 'select current_user'), iamUser);
  const before = emulator.statistics().tokenRequestsByGrant['jwt-bearer'];
  emulator.addFault({ kind: 'exchange-error', message: 'Request had invalid authentication credentials.' });
  assert.equal(await queryWithPg(login, 'select current_user'), iamUser);
  assert.equal(emulator.statistics().tokenRequestsByGrant['jwt-bearer'], before + 1);
  assert.equal(proxy.stderr, '');
});

test('A token that was given and has expired is refused with the way to another one', async () => {
  await using setting = await setUp();
  const { emulator } = setting;
  const token = emulator.mintToken(person, { expiresInSeconds: -60 });
  await using proxy = await startProxyWith(setting, { args: ['--token', token] });
  await assert.rejects(queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'));
  await proxy.waitFor(/the Admin API answered 401 UNAUTHENTICATED/);
  await proxy.waitFor(/hint: .*gcloud auth print-access-token/);
  assert.ok(!proxy.output.includes(token), 'the token stays out of the log');
});

for (const end of ['revoked', 'reauthentication-required'] as const) {
  test(`A user login that is ${end} says: gcloud auth application-default login`, async () => {
    await using setting = await setUp();
    const { emulator, folder } = setting;
    const config = join(folder, 'application_default_credentials.json');
    await emulator.writeCredentials(config, emulator.authorizedUserCredentials(person));
    emulator.endLogins(person, end);
    await using proxy = await startProxyWith(setting, { env: { CLOUDSDK_CONFIG: folder } });
    await assert.rejects(queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), {
      hint: /gcloud auth application-default login/,
    });
    await proxy.waitFor(/refresh failed: Cannot get a token for the user of /);
    await proxy.waitFor(
      /hint: the login has expired or was revoked; log in again: gcloud auth application-default login/,
    );
  });
}
