// Every type of credential file, from each of the places where one is looked for.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CredentialChoice, latestCaller, startProxyWith } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { inWine, onWindows } from './support/proxy-system.ts';
import { iamUser, serviceAccount, type Setting, setUp } from './support/setting.ts';

const person = 'ada@example.com';
const machine = { principal: 'compute@local.iam.gserviceaccount.com', user: 'compute@local.iam' };

interface Expected {
  readonly line: string;
  readonly principal: string;
  readonly user: string;
}

async function assertLogsIn(setting: Setting, choice: CredentialChoice, expected: Expected): Promise<void> {
  const { args = [], env = {} } = choice;
  await using proxy = await startProxyWith(setting, { args: ['--auto-iam-authn', ...args], env });
  assert.ok(proxy.output.includes(expected.line), proxy.output);
  const login = { port: proxy.port, user: expected.user };
  assert.equal(await queryWithPg(login, 'select current_user'), expected.user);
  assert.equal(latestCaller(setting.emulator), expected.principal);
  assert.equal(proxy.stderr, '', 'nothing to warn of');
}

test('--credentials-file logs in with every type of credential file', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  await emulator.createIamUser(person);
  const subject = 'system:serviceaccount:shop:web';
  const key = await emulator.serviceAccountKey('source@local.iam.gserviceaccount.com');
  emulator.allowImpersonation(emulator.workloadPrincipal(subject), serviceAccount);
  emulator.allowImpersonation('source@local.iam.gserviceaccount.com', serviceAccount);
  const account = { principal: serviceAccount, user: iamUser };
  const files = [
    { json: await emulator.serviceAccountKey(serviceAccount), ...account },
    { json: emulator.authorizedUserCredentials(person), principal: person, user: person },
    { json: emulator.externalAccountUserCredentials(person), principal: person, user: person },
    {
      json: await emulator.externalAccountCredentials({
        subject,
        subjectTokenFile: join(folder, 'subject-token'),
        serviceAccount,
      }),
      ...account,
    },
    {
      json: emulator.impersonatedServiceAccountCredentials({ source: key, target: serviceAccount }),
      ...account,
    },
  ];
  for (const { json, principal, user } of files) {
    await t.test(json.type, async () => {
      const path = join(folder, `${json.type}.json`);
      await emulator.writeCredentials(path, json);
      const line = `Authorizing with the credentials file at "${path}"`;
      await assertLogsIn(setting, { args: ['--credentials-file', path] }, { line, principal, user });
    });
  }
});

test('A workload without a service account is known by its own principal', async () => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  const subject = 'system:serviceaccount:shop:batch';
  const path = join(folder, 'workload.json');
  const subjectTokenFile = join(folder, 'subject-token');
  await emulator.writeCredentials(path, await emulator.externalAccountCredentials({ subject, subjectTokenFile }));
  await using proxy = await startProxyWith(setting, { args: ['--credentials-file', path] });
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  assert.equal(latestCaller(emulator), emulator.workloadPrincipal(subject));
});

test('JSON credentials come from the environment', async () => {
  await using setting = await setUp();
  const json = JSON.stringify(await setting.emulator.serviceAccountKey(serviceAccount));
  const line = 'Authorizing with JSON credentials environment variable';
  const env = { ALLOYDB_PROXY_JSON_CREDENTIALS: json };
  await assertLogsIn(setting, { env }, { line, principal: serviceAccount, user: iamUser });
});

test('Application Default Credentials are found in their order', async (t) => {
  await using setting = await setUp();
  const { emulator, folder, keyFile } = setting;
  await emulator.createIamUser(person);
  await emulator.createIamUser(machine.principal);
  const line = 'Authorizing with Application Default Credentials';
  const personal = { line, principal: person, user: person };
  const config = join(folder, 'gcloud');
  const home = join(folder, 'home');
  const login = emulator.authorizedUserCredentials(person);
  for (const place of [config, join(home, '.config', 'gcloud')]) {
    await mkdir(place, { recursive: true });
    await emulator.writeCredentials(join(place, 'application_default_credentials.json'), login);
  }
  // What comes later in the order is there as well, and loses.
  const metadata = { GCE_METADATA_HOST: emulator.metadataHost };

  await t.test('GOOGLE_APPLICATION_CREDENTIALS', async () => {
    const env = { ...metadata, GOOGLE_APPLICATION_CREDENTIALS: keyFile, CLOUDSDK_CONFIG: config };
    await assertLogsIn(setting, { env }, { line, principal: serviceAccount, user: iamUser });
  });
  await t.test('the login of gcloud in CLOUDSDK_CONFIG', async () => {
    await assertLogsIn(setting, { env: { ...metadata, CLOUDSDK_CONFIG: config } }, personal);
  });
  await t.test('the login of gcloud in the home folder', { skip: inWine && 'Wine sets APPDATA itself' }, async () => {
    await assertLogsIn(setting, { env: { ...metadata, ...homeIs(home) } }, personal);
  });
  await t.test('the metadata server', async () => {
    await assertLogsIn(setting, { env: metadata }, { line, ...machine });
  });
});

/** On Windows gcloud keeps it elsewhere. */
function homeIs(home: string): Readonly<Record<string, string>> {
  return onWindows ? { APPDATA: join(home, '.config') } : { HOME: home };
}

test('Without any credentials the log says how to get some', async () => {
  await using setting = await setUp();
  // A server at the address, as other clouds have one, that is not the one of Google.
  const env = { GCE_METADATA_HOST: `${setting.emulator.metadataHost}/elsewhere` };
  await using proxy = await startProxyWith(setting, { env });
  await assert.rejects(queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'));
  await proxy.waitFor(/Cannot find Application Default Credentials: no file, and no metadata server/);
  await proxy.waitFor('hint: log in with: gcloud auth application-default login');
});

test('A credential file that cannot be used is refused at start, without a word of its content', async () => {
  await using setting = await setUp();
  const path = join(setting.folder, 'broken.json');
  await writeFile(path, '{"type":"service_account","private_key":"topsecret', { mode: 0o600 });
  await assert.rejects(startProxyWith(setting, { args: ['--credentials-file', path] }), (error: Error) => {
    assert.match(error.message, /error: Cannot use the credential file ".*broken\.json": it is no JSON object/i);
    assert.doesNotMatch(error.message, /topsecret/);
    return true;
  });
});
