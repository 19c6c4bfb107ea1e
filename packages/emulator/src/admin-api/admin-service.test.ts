// Tests the Admin API and the token endpoint over HTTP, without a PostgreSQL behind.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE } from '../iam/access-tokens.ts';
import { callApi, pkcs1Pem, requestToken, signJwt, spkiPem } from '../testing/emulator-client.ts';
import { CLUSTER, type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

const EMAIL = 'app@p.iam.gserviceaccount.com';

let setting: HttpSetting;
let apiEndpoint: string;
let token: string;

before(async () => {
  setting = await startHttpSetting();
  apiEndpoint = setting.apiEndpoint;
});
beforeEach(() => {
  setting.time.ms = Date.now();
  setting.faults.clear();
  token = mint();
});
after(async () => setting[Symbol.asyncDispose]());

function mint(principal = EMAIL, scopes = [CLOUD_PLATFORM_SCOPE]): string {
  return setting.tokens.mint({ principal, scopes, lifeMs: 3_600_000 });
}

async function get(path: string, bearer: string | undefined = token) {
  return callApi({ apiEndpoint }, bearer === undefined ? { path } : { path, token: bearer });
}

async function certify(fields: Readonly<Record<string, unknown>>, bearer = token) {
  const body = { publicKey: spkiPem, certDuration: '3600s', ...fields };
  return callApi({ apiEndpoint }, { path: `/v1alpha/${CLUSTER}:generateClientCertificate`, token: bearer, body });
}

test('connectionInfo names the PSC hosts in v1beta and v1alpha, and not in v1', async () => {
  const plain = { name: `${URI}/connectionInfo`, ipAddress: '127.0.0.2', instanceUid: 'u-1' };
  assert.deepEqual(await get(`/v1/${URI}/connectionInfo`), { status: 200, body: plain });
  for (const version of ['v1beta', 'v1alpha']) {
    const { body } = await get(`/${version}/${URI}/connectionInfo?$alt=json;enum-encoding=int`);
    assert.deepEqual(body, { ...plain, pscDnsName: 'x.psc.goog.', pscAutoDnsName: 'y.psc.goog.' });
  }
});

test('generateClientCertificate certifies PKCS#1 and SPKI keys for the duration asked for', async () => {
  for (const publicKey of [spkiPem, pkcs1Pem]) {
    const { status, body } = await certify({ parent: CLUSTER, publicKey, certDuration: '7200s' });
    assert.equal(status, 200);
    const { pemCertificateChain, caCert } = body as { pemCertificateChain: string[]; caCert: string };
    const [leaf = '', , root] = pemCertificateChain;
    assert.equal(root, caCert);
    const { validFromDate, validToDate } = new X509Certificate(leaf);
    assert.equal(validToDate.getTime() - validFromDate.getTime(), 7_200_000);
  }
});

test('generateClientCertificate takes snake_case names, as JSON parsers of the family do', async () => {
  const body = { public_key: spkiPem, cert_duration: '3600s', use_metadata_exchange: true };
  const path = `/v1/${CLUSTER}:generateClientCertificate`;
  assert.equal((await callApi({ apiEndpoint }, { path, token, body })).status, 200);
});

const VIOLATIONS = [
  ['certDuration', { certDuration: '3599s' }],
  ['certDuration', { certDuration: '86401s' }],
  ['certDuration', { certDuration: 3600 }],
  ['publicKey', { publicKey: '' }],
  ['publicKey', { publicKey: 'no key' }],
  ['useMetadataExchange', { useMetadataExchange: 'yes' }],
  ['requestId', { requestId: 'no-uuid' }],
  ['parent', { parent: 'projects/p/locations/l/clusters/other' }],
] as const;

for (const [field, fields] of VIOLATIONS) {
  test(`generateClientCertificate names the field of ${JSON.stringify(fields)}`, async () => {
    const { status, body } = await certify(fields);
    assert.equal(status, 400);
    const { error } = body as {
      error: { status: string; details: { '@type': string; fieldViolations: { field: string }[] }[] };
    };
    assert.equal(error.status, 'INVALID_ARGUMENT');
    assert.equal(error.details[0]?.['@type'], 'type.googleapis.com/google.rpc.BadRequest');
    assert.equal(error.details[0]?.fieldViolations[0]?.field, field);
  });
}

test('the Admin API answers 400 to unknown fields and to broken JSON', async () => {
  assert.equal((await certify({ colour: 'red' })).status, 400);
  const response = await fetch(`${apiEndpoint}/v1/${CLUSTER}:generateClientCertificate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{',
  });
  assert.equal(response.status, 400);
});

async function refusal(bearer: string | undefined, path = `/v1alpha/${URI}/connectionInfo`) {
  const { status, body } = await get(path, bearer);
  const { error } = body as {
    error: {
      code: number;
      status: string;
      message: string;
      details?: { reason: string; domain: string; metadata: unknown }[];
    };
  };
  assert.equal(error.code, status);
  const [info] = error.details ?? [];
  return { status, text: error.status, message: error.message, reason: info?.reason, metadata: info?.metadata };
}

test('the Admin API answers 401 with a reason to a missing, unknown or expired token', async () => {
  const response = await fetch(`${apiEndpoint}/v1alpha/${URI}/connectionInfo`);
  assert.equal(response.status, 401);
  assert.match(await response.text(), /CREDENTIALS_MISSING/);
  const unknown = await refusal('ya29.unknown');
  assert.deepEqual([unknown.status, unknown.text], [401, 'UNAUTHENTICATED']);
  setting.time.ms += 3_600_000;
  const expired = await refusal(token);
  assert.deepEqual([expired.status, expired.reason], [401, 'ACCESS_TOKEN_EXPIRED']);
  assert.match(expired.message, /^Request had invalid authentication credentials\./);
});

test('the Admin API answers 403 to a token without the scope cloud-platform', async () => {
  const narrow = mint(EMAIL, [LOGIN_SCOPE]);
  const { status, reason, message } = await refusal(narrow);
  assert.deepEqual([status, reason], [403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT']);
  assert.equal(message, 'Request had insufficient authentication scopes.');
});

test('the Admin API answers 403 with permission and resource to a principal without the role', async () => {
  setting.policy.revoke('nobody@example.com', 'roles/alloydb.client');
  const theirs = mint('nobody@example.com');
  assert.deepEqual(await refusal(theirs), {
    status: 403,
    text: 'PERMISSION_DENIED',
    message: `Permission 'alloydb.instances.connect' denied on '${URI}'`,
    reason: 'IAM_PERMISSION_DENIED',
    metadata: { permission: 'alloydb.instances.connect', resource: URI },
  });
  assert.equal((await certify({}, theirs)).status, 403);
});

test('the Admin API answers 404 to an unknown instance and names it', async () => {
  const { status, text, message } = await refusal(token, `/v1alpha/${CLUSTER}/instances/other/connectionInfo`);
  assert.deepEqual([status, text], [404, 'NOT_FOUND']);
  assert.match(message, /clusters\/c\/instances\/other/);
  assert.equal((await get('/v2/strange')).status, 404);
});

test('the Admin API lists instances for principals that may, over all locations and clusters', async () => {
  const path = '/v1/projects/p/locations/-/clusters/-/instances';
  assert.equal((await get(path)).status, 403);
  setting.policy.grant(EMAIL, 'roles/alloydb.viewer');
  const { body } = await get(path);
  assert.deepEqual(
    (body as { instances: { name: string }[] }).instances.map(({ name }) => name),
    [URI],
  );
  assert.deepEqual((await get(path.replace('/p/', '/q/'))).body, { instances: [] });
});

test('the token endpoint turns an assertion into a token that the Admin API accepts', async () => {
  const key = await setting.keys.mint({ ...setting.accounts.create(EMAIL, {}), apiEndpoint });
  const iat = Math.floor(setting.time.ms / 1000);
  const claims = { iss: EMAIL, aud: key.token_uri, scope: CLOUD_PLATFORM_SCOPE, iat, exp: iat + 3600 };
  const response = await requestToken(key.token_uri, signJwt(key, claims));
  const { access_token: given, ...rest } = (await response.json()) as { access_token: string };
  assert.deepEqual(rest, { expires_in: 3600, token_type: 'Bearer' });
  assert.equal((await get(`/v1/${URI}/connectionInfo`, given)).status, 200);
});

test('the token endpoint answers errors in the form of RFC 6749', async () => {
  const response = await requestToken(`${apiEndpoint}/token`, 'no.j.wt');
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { error: 'invalid_grant', error_description: 'Bad Request' });
  const unknown = await fetch(`${apiEndpoint}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'x' }),
  });
  assert.deepEqual(await unknown.json(), {
    error: 'unsupported_grant_type',
    error_description: 'Invalid grant_type: x',
  });
});

test('the Admin API answers 403 to a quota project that the caller may not use', async () => {
  const path = `${apiEndpoint}/v1alpha/${URI}/connectionInfo`;
  const headers = { authorization: `Bearer ${token}`, 'x-goog-user-project': 'quota' };
  const refused = await fetch(path, { headers });
  assert.equal(refused.status, 403);
  const { error } = (await refused.json()) as { error: { message: string; details: unknown[] } };
  assert.match(error.message, /^Caller does not have required permission to use project quota\./);
  assert.deepEqual(error.details, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'USER_PROJECT_DENIED',
      domain: 'googleapis.com',
      metadata: { service: 'alloydb.googleapis.com', consumer: 'projects/quota' },
    },
  ]);
  setting.policy.grant(EMAIL, { role: 'roles/serviceusage.serviceUsageConsumer', on: 'projects/other' });
  assert.equal((await fetch(path, { headers })).status, 403);
  setting.policy.grant(EMAIL, { role: 'roles/serviceusage.serviceUsageConsumer', on: 'projects/quota' });
  assert.equal((await fetch(path, { headers })).status, 200);
});

test('the statistics tell who called what, when and in which order', async () => {
  const { length } = setting.statistics.snapshot([]).apiCallLog;
  const first = setting.time.ms;
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'a/1', 'x-goog-user-project': 'q' };
  await fetch(`${apiEndpoint}/v1alpha/${URI}/connectionInfo`, { headers });
  setting.time.ms += 5;
  await certify({}, 'ya29.unknown');
  const [one, two] = setting.statistics.snapshot([]).apiCallLog.slice(length);
  assert.deepEqual(one, {
    method: 'connectionInfo',
    resource: URI,
    at: first,
    principal: EMAIL,
    userAgent: 'a/1',
    quotaProject: 'q',
  });
  assert.deepEqual(
    [two?.method, two?.resource, two?.at, two?.principal, two?.quotaProject],
    ['generateClientCertificate', CLUSTER, first + 5, undefined, undefined],
  );
});

const PATH = `/v1alpha/${URI}/connectionInfo`;

test('the fault api-error answers with reason, metadata, RetryInfo and Retry-After', async () => {
  const reason = { reason: 'RATE_LIMIT_EXCEEDED', metadata: { quota_limit: 'x' } };
  setting.faults.add({ kind: 'api-error', status: 429, ...reason, retryDelaySeconds: 2, retryAfterSeconds: 7 });
  const response = await fetch(`${apiEndpoint}${PATH}`);
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '7']);
  const { error } = (await response.json()) as { error: { status: string; details: unknown[] } };
  assert.equal(error.status, 'RESOURCE_EXHAUSTED');
  assert.deepEqual(error.details, [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'googleapis.com', ...reason },
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
  ]);
  assert.equal((await get(PATH)).status, 200);
});

test('the faults api-reset, api-close and api-truncated give no whole answer', async () => {
  setting.faults.add({ kind: 'api-reset' });
  await assert.rejects(get(PATH), (error: Error) => (error.cause as NodeJS.ErrnoException).code === 'ECONNRESET');
  setting.faults.add({ kind: 'api-close' });
  await assert.rejects(get(PATH), (error: Error) => /other side closed/.test(String(error.cause)));
  setting.faults.add({ kind: 'api-truncated' });
  const response = await fetch(`${apiEndpoint}${PATH}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), /terminated/);
});

test('the fault api-garbage answers a web page, and api-delay the answer itself', async () => {
  setting.faults.add({ kind: 'api-garbage' });
  const response = await fetch(`${apiEndpoint}${PATH}`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /^<!doctype html>/);
  setting.faults.add({ kind: 'api-delay', delayMs: 1 });
  assert.equal((await get(PATH)).status, 200);
});

test('a fault of one instance meets calls about it and its cluster, and no other', async () => {
  setting.faults.add({ kind: 'api-error', status: 500, instance: `${CLUSTER}/instances/other`, times: 2 });
  assert.equal((await get(PATH)).status, 200);
  assert.equal((await get(`/v1/${CLUSTER}/instances/other/connectionInfo`)).status, 500);
  assert.equal((await certify({})).status, 500);
});
