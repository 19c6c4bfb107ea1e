// Who pays for a call of the Admin API, and who made it, as the API sees it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CredentialChoice, startProxyWith } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { serviceAccount, type Setting, setUp } from './support/setting.ts';

const person = 'ada@example.com';
const consumer = 'roles/serviceusage.serviceUsageConsumer';

/** What the API has recorded of the calls of a proxy with this choice, once it serves. */
async function recorded(setting: Setting, choice: CredentialChoice) {
  const { emulator } = setting;
  const before = emulator.statistics().apiCallLog.length;
  await using proxy = await startProxyWith(setting, choice);
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  const calls = emulator.statistics().apiCallLog.slice(before);
  assert.equal(calls.length, 2);
  return calls;
}

test('The quota project reaches the Admin API, from the flag, the environment or the credentials in that order', async () => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  for (const project of ['flag', 'environment', 'file']) {
    emulator.grantRole(person, { role: consumer, on: `projects/${project}` });
  }
  const path = join(folder, 'person.json');
  await emulator.writeCredentials(path, emulator.authorizedUserCredentials(person, { quotaProject: 'file' }));
  const args = ['--credentials-file', path];
  const env = { GOOGLE_CLOUD_QUOTA_PROJECT: 'environment' };
  for (const [expected, choice] of [
    ['flag', { args: [...args, '--quota-project', 'flag'], env }],
    ['environment', { args, env }],
    ['file', { args }],
  ] as const) {
    for (const call of await recorded(setting, choice)) assert.equal(call.quotaProject, expected);
  }
});

test('A quota project that the principal may not use is explained with the command that grants it', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--quota-project', 'elsewhere', setting.instance);
  await proxy.waitFor(
    `gcloud projects add-iam-policy-binding elsewhere --member=serviceAccount:${serviceAccount} --role=${consumer}\n`,
  );
});

test('--user-agent and ALLOYDB_PROXY_METADATA stand in the User-Agent of every call', async () => {
  await using setting = await setUp();
  const calls = await recorded(setting, {
    args: ['--credentials-file', setting.keyFile, '--user-agent', 'my-operator/2.1'],
    env: { ALLOYDB_PROXY_METADATA: 'container.alpine' },
  });
  for (const { userAgent = '' } of calls) {
    assert.match(
      userAgent,
      /^alloydb-connector-node\/[\w.-]+ alloydb-auth-proxy-ts\/[\w.-]+\+container\.alpine my-operator\/2\.1$/,
    );
  }
});
