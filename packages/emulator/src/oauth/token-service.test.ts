// Tests the token endpoints over HTTP: what each checks, and that its tokens are good for the Admin API.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE } from '../iam/access-tokens.ts';
import { callApi } from '../testing/emulator-client.ts';
import { type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

const ANN = 'ann@example.com';
let setting: HttpSetting;
let folder: string;

before(async () => {
  setting = await startHttpSetting();
  folder = await mkdtemp(join(tmpdir(), 'token-service-'));
});
beforeEach(() => {
  setting.time.ms = Date.now();
});
after(async () => {
  await setting[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Fields = Readonly<Record<string, string>>;

async function post(url: string, form: Fields, headers: Fields = {}) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function principalOf(token: unknown): Promise<string | undefined> {
  await callApi(setting, { path: `/v1alpha/${URI}/connectionInfo`, token: String(token) });
  return setting.statistics.snapshot([]).apiCallLog.at(-1)?.principal;
}

function refreshForm({ client_id, client_secret, refresh_token }: Fields & object): Fields {
  return {
    grant_type: 'refresh_token',
    client_id: client_id ?? '',
    client_secret: client_secret ?? '',
    refresh_token: refresh_token ?? '',
  };
}

test('refresh_token gives a token of the person who has logged in', async () => {
  const credentials = setting.credentialFiles.authorizedUser(ANN, { quotaProject: 'q' });
  assert.deepEqual([credentials.type, credentials.quota_project_id], ['authorized_user', 'q']);
  const { status, body } = await post(credentials.token_uri, refreshForm({ ...credentials }));
  assert.equal(status, 200);
  const { access_token: token, scope, ...rest } = body;
  assert.deepEqual(rest, { expires_in: 3600, token_type: 'Bearer' });
  assert.match(String(scope), /cloud-platform/);
  assert.equal(await principalOf(token), ANN);
});

test('refresh_token checks client ID, client secret and refresh token', async () => {
  const { token_uri: url, ...credentials } = setting.credentialFiles.authorizedUser(ANN, {});
  const other = setting.credentialFiles.authorizedUser('bob@example.com', {});
  const form = refreshForm(credentials);
  const refusal = async (fields: Fields): Promise<unknown> => {
    const { status, body } = await post(url, { ...form, ...fields });
    return [status, body.error];
  };
  assert.deepEqual(await refusal({ client_id: 'x' }), [401, 'invalid_client']);
  assert.deepEqual(await refusal({ client_secret: 'x' }), [401, 'invalid_client']);
  assert.deepEqual(await refusal({ refresh_token: 'x' }), [400, 'invalid_grant']);
  assert.deepEqual(await refusal({ refresh_token: other.refresh_token }), [400, 'invalid_grant']);
  assert.deepEqual(await refusal({ refresh_token: '' }), [400, 'invalid_request']);
  assert.deepEqual(await refusal({ scope: LOGIN_SCOPE }), [400, 'invalid_scope']);
});

test('refresh_token narrows the scopes when it is asked to', async () => {
  const credentials = setting.credentialFiles.authorizedUser(ANN, { scopes: [CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE] });
  const form = { ...refreshForm({ ...credentials }), scope: LOGIN_SCOPE };
  assert.equal((await post(credentials.token_uri, form)).body.scope, LOGIN_SCOPE);
});

test('refresh_token answers invalid_grant once the login has ended, with invalid_rapt when the person must show up', async () => {
  const credentials = setting.credentialFiles.authorizedUser('eve@example.com', {});
  const form = refreshForm({ ...credentials });
  setting.logins.end('eve@example.com', 'reauthentication-required');
  assert.deepEqual(await post(credentials.token_uri, form), {
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'reauth related error (invalid_rapt)',
      error_subtype: 'invalid_rapt',
    },
  });
  setting.logins.end('eve@example.com', 'revoked');
  const { body } = await post(credentials.token_uri, form);
  assert.deepEqual(body, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
});

function basic(text: string): Fields {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

test('the logins of workforce pools name their client in the header Authorization', async () => {
  const credentials = setting.credentialFiles.externalAccountUser('wim@example.com', {});
  const { client_id: id, client_secret: secret, refresh_token, token_url: url } = credentials;
  const form = { grant_type: 'refresh_token', refresh_token };
  const { status, body } = await post(url, form, basic(`${id}:${secret}`));
  assert.equal(status, 200);
  assert.equal(await principalOf(body.access_token), 'wim@example.com');
  assert.equal((await post(url, form, basic(`${id}:x`))).status, 401);
});

test('token-exchange gives the principal of the workload for its subject token', async () => {
  const subjectTokenFile = join(folder, 'subject-token');
  const credentials = await setting.credentialFiles.externalAccount({ subject: 'build-7', subjectTokenFile });
  assert.equal((await stat(subjectTokenFile)).mode & 0o777, 0o600);
  assert.equal(credentials.credential_source.file, subjectTokenFile);
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: credentials.audience,
    scope: CLOUD_PLATFORM_SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: await readFile(subjectTokenFile, 'utf8'),
    subject_token_type: credentials.subject_token_type,
  };
  const { status, body } = await post(credentials.token_url, form);
  assert.equal(status, 200);
  const { access_token: token, ...rest } = body;
  assert.deepEqual(rest, { expires_in: 3600, token_type: 'Bearer', issued_token_type: form.requested_token_type });
  assert.equal(await principalOf(token), setting.pool.principalOf('build-7'));

  const errorOf = async (fields: Fields): Promise<unknown> =>
    (await post(credentials.token_url, { ...form, ...fields })).body.error;
  assert.equal(await errorOf({ audience: `${form.audience}x` }), 'invalid_target');
  assert.equal(await errorOf({ subject_token: 'x' }), 'invalid_grant');
  assert.equal(await errorOf({ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }), 'invalid_request');
  assert.equal(await errorOf({ requested_token_type: 'x' }), 'invalid_request');
  assert.equal(await errorOf({ scope: '' }), 'invalid_request');
  setting.time.ms += 3_600_000;
  assert.equal(await errorOf({}), 'invalid_grant');
});

test('each grant is known at its own endpoint only', async () => {
  const { token_uri: url, ...credentials } = setting.credentialFiles.authorizedUser(ANN, {});
  const elsewhere = url.replace('/token', '/v1/token');
  assert.equal((await post(elsewhere, refreshForm(credentials))).body.error, 'unsupported_grant_type');
  assert.equal((await post(url, { grant_type: 'toString' })).body.error, 'unsupported_grant_type');
});

test('the faults of token requests meet the grant that was named', async () => {
  const { token_uri: url, ...credentials } = setting.credentialFiles.authorizedUser(ANN, {});
  const form = refreshForm(credentials);
  setting.faults.add({ kind: 'token-reset', grant: 'jwt-bearer' });
  assert.equal((await post(url, form)).status, 200);
  setting.faults.clear();

  const error = { error: 'invalid_grant', description: 'gone', subtype: 'x' };
  setting.faults.add({ kind: 'token-error', ...error, status: 418, grant: 'refresh-token' });
  assert.deepEqual(await post(url, form), {
    status: 418,
    body: { error: 'invalid_grant', error_description: 'gone', error_subtype: 'x' },
  });
  for (const kind of ['token-reset', 'token-close', 'token-truncated', 'token-garbage'] as const) {
    setting.faults.add({ kind });
    await assert.rejects(post(url, form), kind);
  }
  setting.faults.add({ kind: 'token-delay', delayMs: 1 });
  assert.equal((await post(url, form)).status, 200);
});

test('the statistics count token requests by grant, in their order', async () => {
  const { token_uri: url, ...credentials } = setting.credentialFiles.authorizedUser(ANN, {});
  const start = setting.statistics.snapshot([]);
  await post(url, refreshForm(credentials));
  await post(url, { grant_type: 'x' });
  const { tokenRequests, tokenRequestsByGrant, tokenRequestLog } = setting.statistics.snapshot([]);
  assert.equal(tokenRequests, start.tokenRequests + 2);
  assert.equal(tokenRequestsByGrant['refresh-token'], start.tokenRequestsByGrant['refresh-token'] + 1);
  assert.deepEqual(tokenRequestLog.slice(-2), [
    { grant: 'refresh-token', at: setting.time.ms },
    { grant: 'unknown', at: setting.time.ms },
  ]);
});
