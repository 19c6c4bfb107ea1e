// Tests generateAccessToken over HTTP: who may act as whom, through whom, for how long and for what.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { callApi } from '../testing/emulator-client.ts';
import { type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';
import { CLOUD_PLATFORM_SCOPE, LOGIN_SCOPE } from './access-tokens.ts';
import { serviceAccountResource } from './principal.ts';

const CALLER = 'ann@example.com';
const [FIRST, SECOND, TARGET] = ['one', 'two', 'target'].map((name) => `${name}@p.iam.gserviceaccount.com`) as [
  string,
  string,
  string,
];
let setting: HttpSetting;
let token: string;

before(async () => {
  setting = await startHttpSetting();
  for (const email of [FIRST, SECOND, TARGET]) setting.accounts.mention(email);
});
beforeEach(() => {
  token = setting.tokens.mint({ principal: CALLER, scopes: [CLOUD_PLATFORM_SCOPE], lifeMs: 60_000 });
});
after(async () => setting[Symbol.asyncDispose]());

function allow(actor: string, serviceAccount: string): void {
  setting.accounts.mention(serviceAccount);
  setting.policy.grant(actor, {
    role: 'roles/iam.serviceAccountTokenCreator',
    on: serviceAccountResource(serviceAccount),
  });
}

interface Reply {
  readonly accessToken?: string;
  readonly expireTime?: string;
  readonly error?: {
    readonly status: string;
    readonly message: string;
    readonly details?: readonly { readonly reason?: string; readonly metadata?: unknown }[];
  };
}

async function generate(fields: object = {}, target = TARGET) {
  const { status, body } = await callApi(setting, {
    path: `/v1/projects/-/serviceAccounts/${target}:generateAccessToken`,
    token,
    body: { scope: [CLOUD_PLATFORM_SCOPE], ...fields },
  });
  return { status, ...(body as Reply) };
}

const names = (...emails: readonly string[]) => emails.map((email) => `projects/-/serviceAccounts/${email}`);

test('generateAccessToken gives a token of the target to those who may act as it', async () => {
  const denied = await generate();
  assert.deepEqual([denied.status, denied.error?.status], [403, 'PERMISSION_DENIED']);
  assert.equal(
    denied.error?.message,
    "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
  );
  assert.deepEqual(denied.error?.details?.[0]?.metadata, { permission: 'iam.serviceAccounts.getAccessToken' });

  allow(CALLER, TARGET);
  const { status, accessToken, expireTime = '' } = await generate({ lifetime: '600s' });
  assert.equal(status, 200);
  assert.match(expireTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Math.abs(Date.parse(expireTime) - setting.time.ms - 600_000) <= 1000);
  await callApi(setting, { path: `/v1alpha/${URI}/connectionInfo`, token: accessToken ?? '' });
  assert.equal(setting.statistics.snapshot([]).apiCallLog.at(-1)?.principal, TARGET);
});

test('generateAccessToken needs every hop of the chain of delegates, in its order', async () => {
  const last = 'last@p.iam.gserviceaccount.com';
  const chain = { delegates: names(FIRST, SECOND) };
  const hops = [
    [CALLER, FIRST],
    [FIRST, SECOND],
    [SECOND, last],
  ] as const;
  setting.accounts.mention(last);
  for (const [actor, next] of hops) {
    assert.equal((await generate(chain, last)).status, 403);
    allow(actor, next);
  }
  assert.equal((await generate(chain, last)).status, 200);
  assert.equal((await generate({ delegates: names(SECOND, FIRST) }, last)).status, 403);
  assert.equal((await generate({}, last)).status, 403);
});

test('generateAccessToken gives the scopes asked for, and no token without one', async () => {
  allow(CALLER, TARGET);
  const { accessToken } = await generate({ scope: [LOGIN_SCOPE] });
  const call = { path: `/v1alpha/${URI}/connectionInfo`, token: accessToken ?? '' };
  assert.equal((await callApi(setting, call)).status, 403);
  assert.equal((await generate({ scope: [] })).status, 400);
});

test('generateAccessToken refuses lifetimes beyond one hour, bare delegates and people as targets', async () => {
  allow(CALLER, TARGET);
  for (const lifetime of ['3601s', '0s', '600', 600]) assert.equal((await generate({ lifetime })).status, 400);
  assert.equal((await generate({ delegates: [FIRST] })).status, 400);
  assert.equal((await generate({}, 'bob@example.com')).status, 404);
});

test('generateAccessToken asks for a caller with the scope cloud-platform', async () => {
  allow(CALLER, TARGET);
  token = setting.tokens.mint({ principal: CALLER, scopes: [LOGIN_SCOPE], lifeMs: 60_000 });
  assert.equal((await generate()).error?.details?.[0]?.reason, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  token = 'ya29.unknown';
  assert.equal((await generate()).status, 401);
});

test('the role on a project allows to act as all of its service accounts, and as no other', async () => {
  const [mine, theirs] = ['x@mine.iam.gserviceaccount.com', 'x@theirs.iam.gserviceaccount.com'];
  for (const email of [mine, theirs]) setting.accounts.mention(email);
  setting.policy.grant(CALLER, { role: 'roles/iam.serviceAccountTokenCreator', on: 'projects/mine' });
  assert.equal((await generate({}, mine)).status, 200);
  assert.equal((await generate({}, theirs)).status, 403);
});

test('impersonated credentials name target and delegates in the form of the API', () => {
  const source = setting.credentialFiles.authorizedUser(CALLER, {});
  const credentials = setting.credentialFiles.impersonated({ source, target: TARGET, delegates: [FIRST] });
  assert.deepEqual(credentials, {
    type: 'impersonated_service_account',
    service_account_impersonation_url: `${setting.apiEndpoint}/v1/projects/-/serviceAccounts/${TARGET}:generateAccessToken`,
    delegates: names(FIRST),
    source_credentials: source,
  });
});

test('the fault token-error answers impersonation in the form of Google’s APIs', async () => {
  setting.faults.add({ kind: 'token-error', error: 'X', description: 'no', status: 503, grant: 'impersonation' });
  const { status, error } = await generate();
  assert.deepEqual([status, error?.status, error?.message], [503, 'UNAVAILABLE', 'no']);
});
