// What the log tells a user to do about an answer of the Admin API: commands that can be pasted.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { serviceAccount, setUp } from './support/setting.ts';

const client = 'roles/alloydb.client';

test('403 names permission and principal, with the command that grants the role', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  emulator.revokeRole(serviceAccount, client);
  const proxy = await setting.startProxy(instance);
  await proxy.waitFor('refresh failed: Cannot get');
  await proxy.waitFor(
    `hint: ${serviceAccount} needs alloydb.instances.connect in project local: ` +
      `gcloud projects add-iam-policy-binding local --member=serviceAccount:${serviceAccount} --role=${client}\n`,
  );
});

test('403 of a key is forgotten as soon as its file holds another key', async () => {
  await using setting = await setUp();
  const { emulator, instance, keyFile, folder } = setting;
  emulator.revokeRole(serviceAccount, client);
  const proxy = await setting.startProxy(instance);
  await proxy.waitFor('refresh failed: Cannot get');
  // Sooner than the 10 s for which a refusal is remembered; the file is looked at once a second.
  const deadline = Date.now() + 9_000;
  const login = { port: proxy.port, ...emulator.superuser };
  const calls = emulator.statistics().apiCalls;
  await assert.rejects(queryWithPg(login, 'select 1'));
  assert.deepEqual(emulator.statistics().apiCalls, calls, 'the refusal is remembered');
  const next = join(folder, 'next.json');
  await emulator.writeServiceAccountKey(next, 'allowed@local.iam.gserviceaccount.com');
  renameSync(next, keyFile);
  const tries = async (): Promise<unknown> => {
    try {
      return await queryWithPg(login, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return tries();
    }
  };
  assert.equal(await tries(), 1);
});

test('SERVICE_DISABLED names the command that enables the API in the project that is charged', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const metadata = { consumer: 'projects/998877', service: 'alloydb.googleapis.com' };
  emulator.addFault({ kind: 'api-error', status: 403, reason: 'SERVICE_DISABLED', metadata, times: 10 });
  const proxy = await setting.startProxy(instance);
  await proxy.waitFor(/hint: .*gcloud services enable alloydb\.googleapis\.com --project=998877\n/);
});

test('404 names the command that lists what exists', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(setting.instance.replace('primary', 'primray'));
  await proxy.waitFor(/refresh failed: Cannot get .* 404 NOT_FOUND/);
  await proxy.waitFor(
    /hint: see what exists: gcloud alloydb instances list --cluster=demo --region=us-central1 --project=local; clusters: gcloud alloydb clusters list --project=local\n/,
  );
});
