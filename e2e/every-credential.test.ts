// Every kind of credential that the proxy takes, against endpoints that really check what they get.

import assert from 'node:assert/strict';
import { chmodSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { type ProxyProcess, startProxy } from './support/proxy-process.ts';
import { serviceAccount, type Setting, setUp } from './support/setting.ts';

const robot = 'robot@local.iam.gserviceaccount.com';
const middle = 'middle@local.iam.gserviceaccount.com';
const person = 'ada@example.com';

interface Case {
  readonly name: string;
  /** Flags and environment of the proxy. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The line that says how the proxy authorises. */
  readonly says: string | RegExp;
  /** Who the Admin API must have seen. */
  readonly principal: string;
}

async function withProxy(
  setting: Setting,
  { flags = [], env = {} }: Case,
  work: (proxy: ProxyProcess) => Promise<void>,
): Promise<void> {
  const { emulator, instance } = setting;
  const args = ['--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0', ...flags, instance];
  await using proxy = await startProxy(args, {
    env: { CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: emulator.apiEndpoint, HOME: setting.folder, ...env },
  });
  await work(proxy);
}

async function cases(setting: Setting): Promise<readonly Case[]> {
  const { emulator, folder, keyFile } = setting;
  const write = (name: string, content: unknown, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
    return path;
  };
  const key = await emulator.serviceAccountKey(serviceAccount);
  emulator.allowImpersonation(serviceAccount, robot);
  emulator.allowImpersonation(serviceAccount, middle);
  emulator.allowImpersonation(middle, robot);
  const user = emulator.authorizedUserCredentials(person);
  const workload = await emulator.externalAccountCredentials({
    subject: 'build-7',
    subjectTokenFile: join(folder, 'subject-token'),
  });
  const token = emulator.mintToken(person);
  const gcloud = join(folder, 'bin');
  await mkdir(gcloud);
  const answer = { credential: { access_token: token, token_expiry: '2099-01-01T00:00:00Z' } };
  write('bin/gcloud', `#!/bin/sh\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`);
  chmodSync(join(gcloud, 'gcloud'), 0o700);
  const sdk = join(folder, 'sdk');
  await mkdir(sdk);
  write('sdk/application_default_credentials.json', user);
  const file = (name: string, content: unknown): Pick<Case, 'flags' | 'says'> => {
    const path = write(name, content);
    return { flags: ['--credentials-file', path], says: `Authorizing with the credentials file at "${path}"` };
  };
  return [
    { name: 'a service account key', principal: serviceAccount, ...file('key2.json', key) },
    { name: "a person's login", principal: person, ...file('user.json', user) },
    {
      name: 'a workload identity',
      principal: emulator.workloadPrincipal('build-7'),
      ...file('workload.json', workload),
    },
    {
      name: 'impersonation written in the file',
      principal: robot,
      ...file('impersonated.json', emulator.impersonatedServiceAccountCredentials({ source: key, target: robot })),
    },
    {
      name: 'inline JSON',
      env: { ALLOYDB_PROXY_JSON_CREDENTIALS: JSON.stringify(key) },
      says: 'Authorizing with JSON credentials environment variable',
      principal: serviceAccount,
    },
    { name: 'a token', flags: ['--token', token], says: 'Authorizing with OAuth2 token', principal: person },
    {
      name: 'a token file',
      flags: ['--token-file', write('token', `${token}\n`)],
      says: 'Authorizing with the OAuth2 token in',
      principal: person,
    },
    {
      name: 'a token command',
      flags: ['--token-command', `cat '${join(folder, 'token')}'`],
      says: 'Authorizing with the OAuth2 token of a command',
      principal: person,
    },
    {
      name: 'gcloud',
      flags: ['--gcloud-auth'],
      env: { PATH: `${gcloud}:${process.env['PATH'] ?? ''}` },
      says: 'Authorizing with gcloud user credentials',
      principal: person,
    },
    {
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      env: { GOOGLE_APPLICATION_CREDENTIALS: keyFile },
      says: 'Authorizing with Application Default Credentials',
      principal: serviceAccount,
    },
    {
      name: "gcloud's application default login",
      env: { CLOUDSDK_CONFIG: sdk },
      says: 'Authorizing with Application Default Credentials',
      principal: person,
    },
    {
      name: 'the metadata server',
      env: { GCE_METADATA_HOST: emulator.metadataHost },
      says: 'Authorizing with Application Default Credentials',
      principal: 'compute@local.iam.gserviceaccount.com',
    },
    {
      name: 'impersonation over a key file (W23)',
      flags: ['-c', keyFile, '--impersonate-service-account', robot],
      says: `Impersonating service account with the credentials file at "${keyFile}"`,
      principal: robot,
    },
    {
      name: 'impersonation through a delegate',
      flags: ['-c', keyFile, '--impersonate-service-account', `${robot},${middle}`],
      says: 'Impersonating service account with the credentials file',
      principal: robot,
    },
  ];
}

test('Every kind of credential is taken, and the API sees the right principal', async (t: TestContext) => {
  await using setting = await setUp();
  const { emulator } = setting;
  for (const one of await cases(setting)) {
    await t.test(one.name, async () => {
      await withProxy(setting, one, async (proxy) => {
        assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1, proxy.output);
        await proxy.waitFor(one.says);
        assert.equal(emulator.statistics().apiCallLog.at(-1)?.principal, one.principal);
        assert.equal(proxy.stderr, '');
      });
    });
  }
});

test('A login token serves IAM logins alone, and is ignored with a notice without them', async () => {
  await using setting = await setUp();
  const { emulator, keyFile } = setting;
  const user = await emulator.createIamUser(person);
  const flags = ['-c', keyFile, '--login-token', emulator.mintToken(person)];
  await withProxy(setting, { name: '', flags: [...flags, '-i'], says: '', principal: '' }, async (proxy) => {
    await proxy.waitFor('Authenticating IAM database logins with the login token');
    assert.equal(await queryWithPg({ port: proxy.port, user }, 'select current_user'), person);
    assert.equal(emulator.statistics().apiCallLog.at(-1)?.principal, serviceAccount);
  });
  await withProxy(setting, { name: '', flags, says: '', principal: '' }, async (proxy) => {
    await proxy.waitFor('Ignoring --login-token');
  });
});

test('A key file that is replaced, by rename or through a symlink, is used for the next token (W21)', async () => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  // As Kubernetes mounts a secret: the file is a link into a folder that is itself a link, and that one is swapped.
  for (const [name, account] of [
    ['v1', serviceAccount],
    ['v2', robot],
  ] as const) {
    await mkdir(join(folder, name));
    await emulator.writeServiceAccountKey(join(folder, name, 'key.json'), account);
  }
  symlinkSync('v1', join(folder, '..data'));
  symlinkSync('..data/key.json', join(folder, 'mounted.json'));
  await emulator.createDatabaseUser({ name: 'app', password: 'secret' });
  const flags = ['-c', join(folder, 'mounted.json'), '--lazy-refresh'];
  await withProxy(setting, { name: '', flags, says: '', principal: '' }, async (proxy) => {
    const login = { port: proxy.port, user: 'app', password: 'secret' };
    assert.equal(await queryWithPg(login, 'select 1'), 1);
    assert.equal(emulator.statistics().apiCallLog.at(-1)?.principal, serviceAccount);
    symlinkSync('v2', join(folder, '..data.new'));
    renameSync(join(folder, '..data.new'), join(folder, '..data'));
    // The file is looked at once a second at most. The rotated authority makes the next connection ask the API again.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await emulator.rotateCa(setting.instance);
    assert.equal(await queryWithPg(login, 'select 1'), 1);
    assert.equal(emulator.statistics().apiCallLog.at(-1)?.principal, robot);
  });
});

test('A token that the API refuses is replaced, and the client served', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  emulator.addFault({ kind: 'api-error', status: 401, reason: 'ACCESS_TOKEN_EXPIRED' });
  const proxy = await setting.startProxy(instance);
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  assert.equal(proxy.stderr, '');
});

test('An expired login says how to log in again', async () => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  const path = join(folder, 'user.json');
  writeFileSync(path, JSON.stringify(emulator.authorizedUserCredentials(person)), { mode: 0o600 });
  emulator.endLogins(person, 'reauthentication-required');
  await withProxy(setting, { name: '', flags: ['-c', path], says: '', principal: '' }, async (proxy) => {
    await proxy.waitFor('gcloud auth application-default login');
  });
});

test('A credential file that others can read is named with its mode and the remedy', async () => {
  await using setting = await setUp();
  chmodSync(setting.keyFile, 0o644);
  const proxy = await setting.startProxy(setting.instance);
  await proxy.waitFor(/key\.json" has mode 0644: other users of this machine can read it/);
  await proxy.waitFor(`chmod 600 ${setting.keyFile}`);
});

test('Quota project, product tokens and metadata reach the API', async () => {
  await using setting = await setUp();
  const { emulator, keyFile } = setting;
  emulator.grantRole(serviceAccount, { role: 'roles/serviceusage.serviceUsageConsumer', on: 'projects/billing' });
  const flags = ['-c', keyFile, '--quota-project', 'billing', '--user-agent', 'team/7'];
  const env = { ALLOYDB_PROXY_METADATA: 'container' };
  await withProxy(setting, { name: '', flags, env, says: '', principal: '' }, async (proxy) => {
    assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1, proxy.output);
    const call = emulator.statistics().apiCallLog.at(-1);
    assert.equal(call?.quotaProject, 'billing');
    assert.match(call?.userAgent ?? '', /^alloydb-connector-node\/\S+ alloydb-auth-proxy-ts\/\S+\+container team\/7$/);
  });
});
