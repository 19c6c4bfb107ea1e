// Credentials as a connector sees them: whose they are, where tokens come from, what happens when files change.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Asked, answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { type ScratchFolder, scratchFolder } from '../../test/scratch-folder.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { createCredentials, type CredentialsOption, type CredentialsOptions } from './credentials.ts';

const never = new AbortController().signal;
const api = 'https://www.googleapis.com/auth/cloud-platform';
const login = 'https://www.googleapis.com/auth/alloydb.login';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function setUp(credentials: CredentialsOption, more: Partial<CredentialsOptions> = {}) {
  const clock = new ManualClock();
  const warnings: (string | undefined)[][] = [];
  const onWarning = (...warning: (string | undefined)[]): void => void warnings.push(warning);
  const created = createCredentials({ credentials, env: {}, http: nodeHttpClient, clock, onWarning, ...more });
  const get = async (source: 'api' | 'login' = 'api'): Promise<string> =>
    (await created[source].token(source === 'api' ? api : login, never)).value;
  return { created, clock, warnings, get };
}

/** A token endpoint whose tokens tell the scope of the assertion, and how many were given before. */
function keyEndpoint() {
  return answeringServer(({ body }: Asked, earlier) => {
    const [, claims = ''] = new URLSearchParams(body).get('assertion')?.split('.') ?? [];
    const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>;
    const value = `${iss}/${scope?.split('/').at(-1)}/${earlier}`;
    return { body: { access_token: value, expires_in: 3600 } };
  });
}

function key(name: string, tokenUri: string, more: object = {}) {
  return { type: 'service_account', client_email: name, private_key: pem, token_uri: tokenUri, ...more };
}

test('createCredentials gives a key’s tokens with the scope of the Admin API and with that of the login', async () => {
  await using server = await keyEndpoint();
  const json = JSON.stringify(key('sa', server.origin));
  const { created, get } = setUp({ kind: 'json', json });
  assert.equal(await get('api'), 'sa/cloud-platform/0');
  assert.equal(await get('login'), 'sa/alloydb.login/1');
  assert.equal(await get('api'), 'sa/cloud-platform/0');
  assert.equal(created.principal(), 'sa');
});

test('createCredentials know the project of the environment, of the account, or the one that calls are charged to', async () => {
  using folder = scratchFolder();
  // Where gcloud has no settings.
  const env = { CLOUDSDK_CONFIG: folder.path };
  const projectOf = (json: object, more: Partial<CredentialsOptions> = {}) =>
    setUp({ kind: 'json', json: JSON.stringify(json) }, { env, ...more }).created.project(never);
  const user = { type: 'authorized_user', client_id: 'id', client_secret: 's', refresh_token: 'r' };
  assert.equal(await projectOf(key('a@b.iam.gserviceaccount.com', 'https://t', { project_id: 'own' })), 'own');
  assert.equal(await projectOf(key('a@b.iam.gserviceaccount.com', 'https://t')), 'b');
  assert.equal(await projectOf(key('a@b.example.com.iam.gserviceaccount.com', 'https://t')), 'example.com:b');
  assert.equal(await projectOf(user), undefined);
  assert.equal(await projectOf({ ...user, quota_project_id: 'charged' }), 'charged');
  const impersonate = { target: 'a@c.iam.gserviceaccount.com', delegates: [] };
  assert.equal(await projectOf(user, { impersonate }), 'c');
  assert.equal(await projectOf(user, { env: { ...env, GOOGLE_CLOUD_PROJECT: 'named' } }), 'named');
});

test('createCredentials takes the login token for the login alone', async () => {
  const { get } = setUp({ kind: 'token', token: 'for-api' }, { loginToken: 'for-login' });
  assert.deepEqual([await get('api'), await get('login')], ['for-api', 'for-login']);
  assert.throws(() => setUp({ kind: 'token', token: 'for-api' }, { loginToken: 'two words' }), {
    code: 'CREDENTIALS_INVALID',
    message: /^Cannot use the login token: /,
  });
});

test('createCredentials runs a token command once for both scopes, and again when its token was refused', async () => {
  using folder = scratchFolder();
  const command = `echo x >> ${folder.path}/runs; echo token-$(wc -l < ${folder.path}/runs | tr -d ' ')`;
  const { created, get } = setUp({ kind: 'token-command', command }, { env: process.env });
  assert.deepEqual([await get('api'), await get('login')], ['token-1', 'token-1']);
  created.drop('another');
  assert.equal(await get('api'), 'token-1');
  created.drop('token-1');
  assert.equal(await get('api'), 'token-2');
});

test('createCredentials reads a token file again when it changes (W21)', async () => {
  using folder = scratchFolder();
  const path = folder.write('token', 'first\n');
  const { created, clock, get } = setUp({ kind: 'token-file', path });
  assert.deepEqual([await get(), created.generation()], ['first', 0]);
  folder.write('token', 'second\n');
  clock.jump(1_000);
  assert.deepEqual([await get(), created.generation()], ['second', 1]);
  folder.write('token', 'the third\n'.replace(' ', '-'));
  created.drop('second');
  assert.deepEqual([await get('login'), created.generation()], ['the-third', 2]);
});

test('createCredentials takes over a key that was renamed into place, with its tokens (W21)', async () => {
  await using server = await keyEndpoint();
  using folder = scratchFolder();
  const path = folder.write('key.json', key('old', server.origin));
  const { created, clock, get } = setUp({ kind: 'file', path });
  assert.equal(await get(), 'old/cloud-platform/0');
  renameSync(folder.write('next.json', key('new', server.origin)), path);
  assert.equal(await get(), 'old/cloud-platform/0');
  clock.jump(1_000);
  assert.equal(await get(), 'new/cloud-platform/1');
  assert.deepEqual([created.principal(), created.generation()], ['new', 1]);
});

test('createCredentials keeps what it has when the changed file cannot be used, and says so once', async () => {
  await using server = await keyEndpoint();
  using folder = scratchFolder();
  const path = folder.write('key.json', key('old', server.origin));
  const { created, clock, warnings, get } = setUp({ kind: 'file', path });
  for (const [spoil, message] of [
    [() => folder.write('key.json', '{"half": '), /: it is no JSON object; the credentials read before stay in use$/],
    [() => folder.write('key.json', key('x', server.origin, { universe_domain: 'u.test' })), /are for "u\.test"; the/],
    [() => rmSync(path), /: no such file or directory; the credentials read before stay in use$/],
  ] as const) {
    spoil();
    clock.jump(1_000);
    assert.equal(await get(), 'old/cloud-platform/0');
    clock.jump(1_000);
    assert.equal(await get(), 'old/cloud-platform/0');
    const [[warning = ''] = [], ...more] = warnings.splice(0);
    assert.match(warning, message);
    assert.deepEqual(more, []);
  }
  assert.equal(created.generation(), 0);
  folder.write('key.json', key('new', server.origin));
  clock.jump(1_000);
  assert.equal(await get(), 'new/cloud-platform/1');
});

/** Answers generateAccessToken with a token that names the target. */
function iamCredentials() {
  return answeringServer(({ path }) => ({
    body: { accessToken: `as-${path.split('/').at(-1)?.split(':')[0]}`, expireTime: '2026-01-01T01:00:00Z' },
  }));
}

test('createCredentials impersonates over every kind of credentials, each loaded as what it is (W23)', async () => {
  await using keys = await keyEndpoint();
  await using users = await answeringServer(() => ({ body: { access_token: 'user-token', expires_in: 3600 } }));
  await using iam = await iamCredentials();
  using folder = scratchFolder();
  const user = {
    type: 'authorized_user',
    client_id: 'i',
    client_secret: 's',
    refresh_token: 'r',
    token_uri: users.origin,
  };
  const chained = {
    type: 'impersonated_service_account',
    service_account_impersonation_url: `${iam.origin}/v1/projects/-/serviceAccounts/middle:generateAccessToken`,
    delegates: ['first'],
    source_credentials: user,
  };
  for (const [credentials, bearer] of [
    [{ kind: 'file', path: folder.write('key.json', key('sa', keys.origin)) }, 'sa/cloud-platform/0'],
    [{ kind: 'json', json: JSON.stringify(user) }, 'user-token'],
    [{ kind: 'json', json: JSON.stringify(chained) }, 'as-middle'],
    [{ kind: 'token', token: 'given-token' }, 'given-token'],
    [{ kind: 'token-file', path: folder.write('token', 'filed-token') }, 'filed-token'],
    [{ kind: 'token-command', command: 'echo printed-token' }, 'printed-token'],
  ] as const) {
    const impersonate = { target: 'target@p', delegates: ['d1', 'd2'] };
    const more = { impersonate, iamCredentialsEndpoint: iam.origin, env: process.env };
    const { created, get } = setUp(credentials, more);
    assert.equal(created.principal(), 'target@p');
    assert.deepEqual([await get('api'), await get('login')], ['as-target@p', 'as-target@p']);
    const [forApi, forLogin] = iam.asked.slice(-2);
    assert.deepEqual(
      [forApi, forLogin].map((asked) => JSON.parse(asked?.body ?? '') as unknown),
      [api, login].map((scope) => ({
        delegates: ['projects/-/serviceAccounts/d2', 'projects/-/serviceAccounts/d1'],
        scope: [scope],
        lifetime: '3600s',
      })),
    );
    assert.equal(forApi?.headers.authorization, `Bearer ${bearer}`);
    assert.equal(forApi?.path, '/v1/projects/-/serviceAccounts/target@p:generateAccessToken');
  }
  const inner = iam.asked.find(({ path }) => path.includes('middle'));
  assert.deepEqual((JSON.parse(inner?.body ?? '') as { delegates: unknown }).delegates, [
    'projects/-/serviceAccounts/first',
  ]);
});

test('createCredentials asks the IAM Credentials API of the universe', async () => {
  const asked: string[] = [];
  const { get } = setUp(
    { kind: 'token', token: 't' },
    {
      impersonate: { target: 'sa@p', delegates: [] },
      universeDomain: 'u.test',
      http: async ({ url }) => {
        asked.push(url.href);
        return { status: 200, headers: {}, body: '{"accessToken":"x","expireTime":"2026-01-01T01:00:00Z"}' };
      },
    },
  );
  await get();
  assert.deepEqual(asked, ['https://iamcredentials.u.test/v1/projects/-/serviceAccounts/sa@p:generateAccessToken']);
});

function quota(more: Partial<CredentialsOptions>): string | undefined {
  const user = { type: 'authorized_user', client_id: 'i', client_secret: 's', refresh_token: 'r' };
  const json = JSON.stringify({ ...user, quota_project_id: 'of-file' });
  return setUp({ kind: 'json', json }, more).created.quotaProject();
}

test('Credentials.quotaProject is that of the option, else of the environment, else of the credentials', () => {
  const env = { GOOGLE_CLOUD_QUOTA_PROJECT: 'of-env' };
  assert.equal(quota({ quotaProject: 'of-option', env }), 'of-option');
  assert.equal(quota({ env }), 'of-env');
  assert.equal(quota({}), 'of-file');
  assert.equal(setUp({ kind: 'token', token: 't' }).created.quotaProject(), undefined);
});

function universe(more: Partial<CredentialsOptions>, ofFile?: string): string {
  const json = JSON.stringify(key('sa', 'https://t.test', { universe_domain: ofFile }));
  return setUp({ kind: 'json', json }, more).created.universeDomain();
}

test('Credentials.universeDomain is that of the option, else of the credentials, else of the environment', () => {
  const env = { GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'env.test' };
  assert.equal(universe({ universeDomain: 'option.test', env }), 'option.test');
  assert.equal(universe({ env }, 'file.test'), 'file.test');
  assert.equal(universe({ env }), 'env.test');
  assert.equal(universe({}), 'googleapis.com');
  assert.throws(() => universe({ universeDomain: 'option.test' }, 'file.test'), {
    code: 'INVALID_OPTION',
    message: 'Cannot use the universe domain "option.test": the credentials are for "file.test"',
  });
});

function defaults(folder: ScratchFolder, env: Record<string, string>) {
  return setUp({ kind: 'adc' }, { env: { CLOUDSDK_CONFIG: join(folder.path, 'sdk'), ...env } });
}

test('createCredentials finds Application Default Credentials in their order', async () => {
  await using keys = await keyEndpoint();
  const headers = { 'Metadata-Flavor': 'Google' };
  await using metadata = await answeringServer(({ path }) => ({
    headers,
    body: path.endsWith('/email') ? 'vm@p' : { access_token: 'vm-token', expires_in: 3600 },
  }));
  using folder = scratchFolder();
  const named = folder.write('named.json', key('named', keys.origin));
  const env = { GCE_METADATA_HOST: metadata.host, CLOUDSDK_CONFIG: folder.path };
  const bare = defaults(folder, env);
  assert.equal(await bare.get(), 'vm-token');
  assert.equal(bare.created.principal(), 'vm@p');
  folder.write('application_default_credentials.json', key('found', keys.origin));
  assert.equal(defaults(folder, env).created.principal(), 'found');
  assert.equal(defaults(folder, { ...env, GOOGLE_APPLICATION_CREDENTIALS: named }).created.principal(), 'named');
  // A login made while the program runs counts from then on.
  bare.clock.jump(1_000);
  assert.equal(await bare.get(), 'found/cloud-platform/0');
  assert.throws(() => defaults(folder, { GOOGLE_APPLICATION_CREDENTIALS: `${named}x` }), {
    code: 'CREDENTIALS_INVALID',
    message: /named\.jsonx": no such file or directory$/,
  });
});

test('Credentials.close ends a command under way and starts no other', async () => {
  const { created, get } = setUp({ kind: 'token-command', command: 'sleep 600' }, { env: process.env });
  const refused = assert.rejects(get(), { code: 'CONNECTOR_CLOSED' });
  created.close();
  created.close();
  await refused;
  await assert.rejects(get(), { code: 'CONNECTOR_CLOSED' });
});

test('createCredentials refuses a kind that it does not know, and a target without a name', () => {
  assert.throws(() => setUp({ kind: 'magic' } as unknown as CredentialsOption), { code: 'INVALID_OPTION' });
  const impersonate = { target: '', delegates: [] };
  assert.throws(() => setUp({ kind: 'token', token: 't' }, { impersonate }), { code: 'INVALID_OPTION' });
});
