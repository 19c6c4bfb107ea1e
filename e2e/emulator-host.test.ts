// One variable points everything at the emulator: ALLOYDB_EMULATOR_HOST.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulator } from 'alloydb-emulator';
import { Connector } from 'alloydb-connector';
import { latestCaller, writeSecret } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { runProxy, startProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

test('With ALLOYDB_EMULATOR_HOST alone, the proxy logs in as the machine of the emulator, and says loudly where everything goes', async () => {
  await using emulator = await startEmulator({
    metadataServer: { serviceAccount: 'vm@local.iam.gserviceaccount.com' },
  });
  await emulator.createIamUser('vm@local.iam.gserviceaccount.com');
  const host = new URL(emulator.apiEndpoint).host;
  const [instance] = emulator.instances;
  assert.ok(instance);
  const args = ['--port', '0', '--auto-iam-authn', instance.uri];
  await using proxy = await startProxy(args, { env: { ALLOYDB_EMULATOR_HOST: host } });
  await proxy.waitFor(new RegExp(`EVERYTHING GOES TO THE EMULATOR AT ${host}`));
  assert.equal(await queryWithPg({ port: proxy.port, user: 'vm@local.iam' }, 'select current_user'), 'vm@local.iam');
  assert.equal(latestCaller(emulator), 'vm@local.iam.gserviceaccount.com');
});

test('A login of gcloud in the home folder is not what ALLOYDB_EMULATOR_HOST is asked with', async () => {
  await using setting = await setUp();
  const { emulator, folder, instance } = setting;
  const env = { ALLOYDB_EMULATOR_HOST: new URL(emulator.apiEndpoint).host, CLOUDSDK_CONFIG: folder };
  const login = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'a-real-refresh-token' };
  writeSecret(join(folder, 'application_default_credentials.json'), JSON.stringify(login));
  using connector = new Connector({ env });
  await assert.doesNotReject(connector.ready(instance, { signal: AbortSignal.timeout(20_000) }));
});

test('What Google would take is not sent to ALLOYDB_EMULATOR_HOST: a key of Google, a ready token', async (t) => {
  await using setting = await setUp();
  const { emulator, folder, instance } = setting;
  const env = { ALLOYDB_EMULATOR_HOST: new URL(emulator.apiEndpoint).host };
  const key = { ...(await emulator.serviceAccountKey('a@local.iam.gserviceaccount.com')) };
  const google = { ...key, token_uri: 'https://oauth2.googleapis.com/token' };
  const file = writeSecret(join(folder, 'google.json'), JSON.stringify(google));
  for (const credentials of [
    ['--credentials-file', file],
    ['--token', 'ya29.a-real-token'],
  ]) {
    await t.test(credentials[0] ?? '', async () => {
      const before = emulator.statistics().apiCalls;
      const args = ['--run-connection-test', '--port', '0', ...credentials, instance];
      const { exit, stderr } = await runProxy(args, { env });
      assert.equal(exit.code, 1);
      assert.match(stderr, /hint: .*unset ALLOYDB_EMULATOR_HOST/);
      assert.ok(!stderr.includes('a-real-token'));
      assert.deepEqual(emulator.statistics().apiCalls, before);
    });
  }
});

test('ALLOYDB_EMULATOR_HOST names this machine, or the flag allows another', async () => {
  const instance = 'projects/p/locations/l/clusters/c/instances/i';
  const { exit, stderr } = await runProxy([instance], { env: { ALLOYDB_EMULATOR_HOST: '192.0.2.1:80' } });
  assert.equal(exit.code, 1);
  assert.match(stderr, /error: .*"192\.0\.2\.1" is not an address of this machine/);
  assert.match(stderr, /hint: .*--allow-remote-emulator/);
});
