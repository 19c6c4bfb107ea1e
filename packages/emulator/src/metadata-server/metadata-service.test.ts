// Tests the metadata server over HTTP.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE } from '../iam/access-tokens.ts';
import { callApi } from '../testing/emulator-client.ts';
import { type HttpSetting, MACHINE_ACCOUNT, startHttpSetting, URI } from '../testing/http-setting.ts';

let setting: HttpSetting;

before(async () => {
  setting = await startHttpSetting();
});
after(async () => setting[Symbol.asyncDispose]());

const FLAVOR = { 'metadata-flavor': 'Google' };

async function read(path: string, from: HttpSetting = setting) {
  const response = await fetch(`${from.apiEndpoint}/computeMetadata/v1/${path}`, { headers: FLAVOR });
  assert.equal(response.headers.get('metadata-flavor'), 'Google');
  return { status: response.status, text: await response.text() };
}

async function readToken(query: string, from: HttpSetting = setting): Promise<string> {
  const { text } = await read(`instance/service-accounts/default/token${query}`, from);
  const { access_token: token, ...rest } = JSON.parse(text) as { access_token: string };
  assert.deepEqual(rest, { expires_in: 3600, token_type: 'Bearer' });
  return token;
}

test('the metadata server knows account, project and universe', async () => {
  assert.equal((await read('instance/service-accounts/default/email')).text, MACHINE_ACCOUNT);
  assert.equal((await read(`instance/service-accounts/${MACHINE_ACCOUNT}/email`)).text, MACHINE_ACCOUNT);
  assert.equal((await read('project/project-id')).text, 'p');
  assert.equal((await read('universe/universe-domain')).text, 'googleapis.com');
  for (const path of ['instance', 'instance/', 'instance/service-accounts/', '']) {
    assert.equal((await read(path)).status, 200, path);
  }
  const { text } = await read('instance/service-accounts/default/?recursive=true');
  assert.deepEqual(JSON.parse(text), { aliases: ['default'], email: MACHINE_ACCOUNT, scopes: [CLOUD_PLATFORM_SCOPE] });
  assert.equal((await read('instance/service-accounts/other@p.iam/token')).status, 404);
});

test('the metadata server gives tokens of its account for the scopes asked for', async () => {
  const call = { path: `/v1alpha/${URI}/connectionInfo` };
  assert.equal((await callApi(setting, { ...call, token: await readToken('') })).status, 200);
  assert.equal(setting.statistics.snapshot([]).apiCallLog.at(-1)?.principal, MACHINE_ACCOUNT);
  assert.equal((await callApi(setting, { ...call, token: await readToken(`?scopes=${LOGIN_SCOPE}`) })).status, 403);
});

test('the metadata server gives no more than the scopes of the machine', async () => {
  await using narrow = await startHttpSetting({ machineScopes: [LOGIN_SCOPE] });
  const token = await readToken(`?scopes=${CLOUD_PLATFORM_SCOPE}`, narrow);
  assert.equal((await callApi(narrow, { path: `/v1alpha/${URI}/connectionInfo`, token })).status, 403);
});

async function statusOf(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { hostname, port } = new URL(setting.apiEndpoint);
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const path = '/computeMetadata/v1/instance/service-accounts/default/token';
  request({ hostname, port, path, headers }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .on('error', reject)
    .end();
  return promise;
}

test('the metadata server gives nothing without its header, to proxies, to web pages and under foreign host names', async () => {
  assert.equal(await statusOf(FLAVOR), 200);
  assert.equal(await statusOf({}), 403);
  assert.equal(await statusOf({ 'metadata-flavor': 'Other' }), 403);
  assert.equal(await statusOf({ ...FLAVOR, 'x-forwarded-for': '10.0.0.1' }), 403);
  assert.equal(await statusOf({ ...FLAVOR, origin: 'http://127.0.0.1' }), 403);
  assert.equal(await statusOf({ ...FLAVOR, host: 'rebound.example.com' }), 403);
});

test('the faults of token requests meet the metadata server, and leave its other paths alone', async () => {
  setting.faults.add({ kind: 'token-error', error: 'x', description: 'no', status: 404, grant: 'metadata' });
  assert.equal((await read('instance/service-accounts/default/email')).status, 200);
  assert.deepEqual(await read('instance/service-accounts/default/token'), { status: 404, text: 'no\n' });
});
