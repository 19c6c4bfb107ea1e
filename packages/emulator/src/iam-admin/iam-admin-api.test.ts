// Tests service accounts and their keys over HTTP, from their making to their end.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import type { ServiceAccountKey } from '../iam/service-account-keys.ts';
import { type ApiClient, clientAs } from '../testing/api-client.ts';
import { requestToken, signJwt } from '../testing/emulator-client.ts';
import { type HttpSetting, startHttpSetting } from '../testing/http-setting.ts';

const OWNER = 'owner@example.com';
const ACCOUNTS = '/v1/projects/p/serviceAccounts';

let setting: HttpSetting;
let asOwner: ApiClient;

before(async () => {
  setting = await startHttpSetting({ defaultRoles: [] });
  setting.policy.grant(OWNER, { role: 'roles/owner', on: 'projects/p' });
  asOwner = clientAs(setting, OWNER);
});
after(async () => setting[Symbol.asyncDispose]());

async function createAccount(accountId: string): Promise<{ readonly email: string; readonly path: string }> {
  const { status, body } = await asOwner('POST', ACCOUNTS, { accountId, serviceAccount: { displayName: 'A proxy' } });
  assert.equal(status, 200);
  const email = String(body.email);
  return { email, path: `${ACCOUNTS}/${email}` };
}

async function createKey(path: string): Promise<{ readonly file: ServiceAccountKey; readonly path: string }> {
  const { status, body } = await asOwner('POST', `${path}/keys`, { privateKeyType: 'TYPE_GOOGLE_CREDENTIALS_FILE' });
  assert.equal(status, 200);
  const file = JSON.parse(Buffer.from(String(body.privateKeyData), 'base64').toString()) as ServiceAccountKey;
  assert.equal(body.name, `${path.slice('/v1/'.length)}/keys/${file.private_key_id}`);
  return { file, path: `/v1/${body.name}` };
}

/** `ok`, or the description of the error. */
async function login(key: ServiceAccountKey): Promise<string> {
  const iat = Math.floor(setting.time.ms / 1000);
  const claims = { iss: key.client_email, aud: key.token_uri, scope: CLOUD_PLATFORM_SCOPE, iat, exp: iat + 600 };
  const response = await requestToken(key.token_uri, signJwt(key, claims));
  const body = (await response.json()) as { error?: string; error_description?: string };
  if (body.error !== undefined) assert.deepEqual([response.status, body.error], [400, 'invalid_grant']);
  return body.error_description ?? 'ok';
}

test('CreateServiceAccount makes an account that is found by e-mail, by unique ID and without its project', async () => {
  const { email, path } = await createAccount('made-by-test');
  assert.equal(email, 'made-by-test@p.iam.gserviceaccount.com');
  const { body } = await asOwner('GET', path);
  assert.match(String(body.uniqueId), /^1\d{20}$/);
  assert.deepEqual([body.projectId, body.displayName, body.name], ['p', 'A proxy', path.slice('/v1/'.length)]);
  for (const name of [`p/serviceAccounts/${String(body.uniqueId)}`, `-/serviceAccounts/${email}`]) {
    assert.deepEqual((await asOwner('GET', `/v1/projects/${name}`)).body, body);
  }
  const patch = { serviceAccount: { description: 'changed' }, updateMask: 'description' };
  const changed = await asOwner('PATCH', path, patch);
  assert.deepEqual([changed.body.description, changed.body.displayName], ['changed', 'A proxy']);
  const numbered = setting.projects.mention('p').number;
  assert.equal((await asOwner('GET', `/v1/projects/${numbered}/serviceAccounts/${email}`)).status, 200);
});

test('CreateServiceAccount answers 409 to a name that is taken, and 400 to one that cannot be', async () => {
  await createAccount('taken-name');
  const again = await asOwner('POST', ACCOUNTS, { accountId: 'taken-name' });
  assert.deepEqual([again.status, again.error], [409, 'ALREADY_EXISTS']);
  assert.equal(again.message, 'Service account taken-name already exists within project projects/p.');
  for (const accountId of ['five5', 'a'.repeat(31), 'Upper-case', '1digit-first', 'ends-with-', 'under_score', 7]) {
    const refused = await asOwner('POST', ACCOUNTS, { accountId });
    assert.deepEqual([refused.status, refused.error], [400, 'INVALID_ARGUMENT'], String(accountId));
  }
});

test('ListServiceAccounts gives all of the project, page by page', async () => {
  for (const id of ['list-one', 'list-two', 'list-three']) await createAccount(id);
  const emails: string[] = [];
  let token = '';
  do {
    const { body } = await asOwner('GET', `${ACCOUNTS}?pageSize=2&pageToken=${token}`);
    const page = body as { readonly accounts: readonly { readonly email: string }[]; readonly nextPageToken?: string };
    assert.ok(page.accounts.length <= 2);
    emails.push(...page.accounts.map(({ email }) => email));
    token = page.nextPageToken ?? '';
  } while (token !== '');
  assert.deepEqual(emails, [...new Set(emails)]);
  for (const id of ['list-one', 'list-two', 'list-three']) {
    assert.ok(emails.includes(`${id}@p.iam.gserviceaccount.com`));
  }
  assert.equal((await asOwner('GET', `${ACCOUNTS}?pageToken=1`)).status, 400);
});

test('a key that CreateServiceAccountKey makes logs in until it is disabled or deleted', async () => {
  const account = await createAccount('key-owner');
  const { file, path } = await createKey(account.path);
  assert.deepEqual(
    [file.type, file.client_email, file.token_uri],
    ['service_account', account.email, `${setting.apiEndpoint}/token`],
  );
  assert.equal(await login(file), 'ok');
  await asOwner('POST', `${path}:disable`, {});
  assert.equal(await login(file), 'Invalid JWT Signature.');
  assert.equal((await asOwner('GET', path)).body.disabled, true);
  await asOwner('POST', `${path}:enable`, {});
  assert.equal(await login(file), 'ok');

  const other = await createKey(account.path);
  const { body } = await asOwner('GET', `${account.path}/keys?keyTypes=USER_MANAGED`);
  const names = (body.keys as readonly { readonly name: string }[]).map(({ name }) => `/v1/${name}`);
  assert.deepEqual(names, [path, other.path]);
  assert.equal((await asOwner('DELETE', path)).status, 200);
  assert.equal(await login(file), 'Invalid JWT Signature.');
  assert.equal(await login(other.file), 'ok');
  assert.equal((await asOwner('DELETE', path)).status, 404);
  assert.equal((await asOwner('GET', path)).status, 404);
});

test('the keys and the tokens of an account that is disabled or deleted are refused', async () => {
  const account = await createAccount('goes-away');
  const { file } = await createKey(account.path);
  const asAccount = clientAs(setting, account.email);
  const permissions = { permissions: ['alloydb.instances.connect'] };
  const act = async () => asAccount('POST', '/v3/projects/p:testIamPermissions', permissions);
  setting.policy.grant(account.email, { role: 'roles/alloydb.client', on: 'projects/p' });
  setting.policy.grant(OWNER, { role: 'roles/iam.serviceAccountTokenCreator', on: 'projects/p' });
  const impersonate = async () =>
    asOwner('POST', `/v1/projects/-/serviceAccounts/${account.email}:generateAccessToken`, {
      scope: [CLOUD_PLATFORM_SCOPE],
    });
  assert.deepEqual((await act()).body, permissions);
  assert.equal((await impersonate()).status, 200);

  await asOwner('POST', `${account.path}:disable`, {});
  assert.equal(await login(file), 'Invalid grant: account not found');
  assert.deepEqual([(await act()).status, (await act()).reason], [401, 'ACCOUNT_STATE_INVALID']);
  assert.equal((await impersonate()).error, 'FAILED_PRECONDITION');
  await asOwner('POST', `${account.path}:enable`, {});
  assert.equal(await login(file), 'ok');
  assert.equal((await act()).status, 200);

  const { body: first } = await asOwner('GET', account.path);
  assert.equal((await asOwner('DELETE', account.path)).status, 200);
  assert.equal(await login(file), 'Invalid grant: account not found');
  assert.equal((await act()).reason, 'ACCOUNT_STATE_INVALID');
  assert.equal((await impersonate()).status, 404);
  assert.equal((await asOwner('GET', account.path)).status, 404);

  // Another account of the same name is somebody else: without the key, and without the roles.
  await createAccount('goes-away');
  assert.equal(await login(file), 'Invalid JWT Signature.');
  assert.deepEqual((await act()).body, {});
  const { body: policy } = await asOwner('POST', '/v3/projects/p:getIamPolicy', {});
  assert.ok(JSON.stringify(policy).includes(`deleted:serviceAccount:${account.email}?uid=${String(first.uniqueId)}`));
});

test('an account has at most ten keys', async () => {
  const { email, path } = await createAccount('many-keys');
  const account = setting.accounts.find(email) ?? assert.fail();
  const { apiEndpoint } = setting;
  await Promise.all(Array.from({ length: 10 }, async () => setting.keys.mint({ ...account, apiEndpoint })));
  const refused = await asOwner('POST', `${path}/keys`, {});
  assert.deepEqual([refused.status, refused.error], [400, 'FAILED_PRECONDITION']);
  assert.equal(refused.message, 'Maximum number of keys on account reached.');
});

test('the organisation policy iam.disableServiceAccountKeyCreation refuses new keys and names itself', async () => {
  const { path } = await createAccount('no-keys-here');
  setting.projects.disableKeyCreation(setting.projects.mention('p'), true);
  const refused = await asOwner('POST', `${path}/keys`, {});
  setting.projects.disableKeyCreation(setting.projects.mention('p'), false);
  assert.deepEqual([refused.status, refused.error], [400, 'FAILED_PRECONDITION']);
  assert.match(JSON.stringify(refused.body), /constraints\/iam\.disableServiceAccountKeyCreation/);
  assert.equal((await asOwner('POST', `${path}/keys`, {})).status, 200);
});

test('each call needs its permission, and does not tell what is not there from what may not be seen', async () => {
  const { path } = await createAccount('well-guarded');
  const asNobody = clientAs(setting, 'nobody@example.com');
  const calls = [
    ['POST', ACCOUNTS, 'iam.serviceAccounts.create'],
    ['GET', ACCOUNTS, 'iam.serviceAccounts.list'],
    ['GET', path, 'iam.serviceAccounts.get'],
    ['GET', `${ACCOUNTS}/unknown@p.iam.gserviceaccount.com`, 'iam.serviceAccounts.get'],
    ['GET', '/v1/projects/-/serviceAccounts/unknown@p.iam.gserviceaccount.com', 'iam.serviceAccounts.get'],
    ['DELETE', path, 'iam.serviceAccounts.delete'],
    ['POST', `${path}/keys`, 'iam.serviceAccountKeys.create'],
    ['DELETE', `${path}/keys/0`, 'iam.serviceAccountKeys.delete'],
  ] as const;
  for (const [method, where, permission] of calls) {
    const { status, body } = await asNobody(method, where, method === 'POST' ? { accountId: 'a-new-one' } : undefined);
    assert.equal(status, 403);
    assert.deepEqual(body, {
      error: {
        code: 403,
        message: `Permission '${permission}' denied on resource (or it may not exist).`,
        status: 'PERMISSION_DENIED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'IAM_PERMISSION_DENIED',
            domain: 'iam.googleapis.com',
            metadata: { permission },
          },
        ],
      },
    });
  }
  setting.policy.grant('maker@example.com', { role: 'roles/iam.serviceAccountKeyAdmin', on: 'projects/p' });
  const asMaker = clientAs(setting, 'maker@example.com');
  assert.equal((await asMaker('POST', `${path}/keys`, {})).status, 200);
  assert.equal((await asMaker('DELETE', path)).status, 403);
});

test('an account has a policy of its own, by which others may act as it', async () => {
  const { email, path } = await createAccount('acted-upon');
  const bindings = [{ role: 'roles/iam.serviceAccountTokenCreator', members: ['user:ann@example.com'] }];
  const { status } = await asOwner('POST', `${path}:setIamPolicy`, { policy: { bindings } });
  assert.equal(status, 200);
  assert.deepEqual((await asOwner('POST', `${path}:getIamPolicy`)).body.bindings, bindings);
  const asAnn = clientAs(setting, 'ann@example.com');
  const generate = `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  assert.equal((await asAnn('POST', generate, { scope: [CLOUD_PLATFORM_SCOPE] })).status, 200);
  const permissions = ['iam.serviceAccounts.getAccessToken'];
  assert.deepEqual((await asAnn('POST', `${path}:testIamPermissions`, { permissions })).body, { permissions });
});
