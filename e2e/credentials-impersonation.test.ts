// Acting as a service account on top of other credentials, of whatever type these are (W23).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { impersonationEnvironment, latestCaller, startProxyWith } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { iamUser, serviceAccount, setUp } from './support/setting.ts';

const person = 'ada@example.com';
const source = 'source@local.iam.gserviceaccount.com';
const [near, far] = ['near@local.iam.gserviceaccount.com', 'far@local.iam.gserviceaccount.com'];

test('--impersonate-service-account acts as the target, whatever the credentials are (W23)', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  const path = join(folder, 'source.json');
  const personal = join(folder, 'person.json');
  await emulator.writeServiceAccountKey(path, source);
  await emulator.writeCredentials(personal, emulator.authorizedUserCredentials(person));
  for (const actor of [source, person]) emulator.allowImpersonation(actor, serviceAccount);
  // Neither may connect by itself.
  for (const actor of [source, person]) emulator.revokeRole(actor, 'roles/alloydb.client');
  const choices = [
    { args: ['--credentials-file', path], line: `the credentials file at "${path}"` },
    { args: ['--credentials-file', personal], line: `the credentials file at "${personal}"` },
    { args: ['--token', emulator.mintToken(person)], line: 'OAuth2 token' },
  ];
  for (const { args, line } of choices) {
    await t.test(line.replace(folder, ''), async () => {
      await using proxy = await startProxyWith(setting, {
        args: ['-i', ...args, '--impersonate-service-account', serviceAccount],
        env: impersonationEnvironment(emulator),
      });
      assert.ok(proxy.output.includes(`Impersonating service account with ${line}`), proxy.output);
      assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select current_user'), iamUser);
      assert.equal(latestCaller(emulator), serviceAccount);
    });
  }
});

test('--impersonate-service-account goes through the delegates from the last one named to the first', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  const path = join(folder, 'source.json');
  await emulator.writeServiceAccountKey(path, source);
  emulator.allowImpersonation(source, far);
  emulator.allowImpersonation(far, near);
  emulator.allowImpersonation(near, serviceAccount);
  const startWith = (...chain: readonly string[]) =>
    startProxyWith(setting, {
      args: ['-i', '--credentials-file', path, `--impersonate-service-account=${chain.join(',')}`],
      env: impersonationEnvironment(emulator),
    });

  await t.test('when each may act as the next', async () => {
    await using proxy = await startWith(serviceAccount, near, far);
    assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select current_user'), iamUser);
    assert.equal(latestCaller(emulator), serviceAccount);
  });
  await t.test('and is refused with the reason when one may not', async () => {
    await using proxy = await startWith(serviceAccount, far, near);
    await assert.rejects(queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'));
    await proxy.waitFor(/Permission 'iam\.serviceAccounts\.\w+' denied on resource/);
    await proxy.waitFor(/hint: .*roles\/iam\.serviceAccountTokenCreator/);
  });
});
