// Tests the way from an empty project to a login, and that each step back is felt where it should be.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Emulator } from './emulator.ts';
import { ACCESS_TOKEN_PREFIX, CLOUD_PLATFORM_SCOPE } from './iam/access-tokens.ts';
import type { ServiceAccountKey } from './iam/service-account-keys.ts';
import { message, parseServerError, readMessage, startupMessage } from './postgres/messages.ts';
import { startEmulator } from './start-emulator.ts';
import { AUTO_IAM, callApi, openSession, requestToken, signJwt } from './testing/emulator-client.ts';

const OWNER = 'owner@example.com';
const PROJECT = 'projects/local';
const INSTANCE = `${PROJECT}/locations/us-central1/clusters/demo/instances/primary`;
const ACCOUNT = 'auth-proxy@local.iam.gserviceaccount.com';
const never = new AbortController().signal;
let emulator: Emulator;
let ownerToken: string;
let key: ServiceAccountKey;

before(async () => {
  emulator = await startEmulator({ defaultRoles: [] });
  emulator.grantRole(OWNER, { role: 'roles/owner', on: PROJECT });
  ownerToken = emulator.mintToken(OWNER);
});
after(async () => emulator.close());

async function asOwner(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const answer = await callApi(emulator, { path, token: ownerToken, body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as Readonly<Record<string, unknown>>;
}

async function tokenOf({ client_email, token_uri }: ServiceAccountKey): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: client_email, aud: token_uri, scope: CLOUD_PLATFORM_SCOPE, iat, exp: iat + 600 };
  const reply = (await (await requestToken(token_uri, signJwt(key, claims))).json()) as Record<string, string>;
  return reply.access_token ?? assert.fail(reply.error_description);
}

/** `ok`, or in whose words it failed. */
async function logIn(): Promise<string> {
  const token = await tokenOf(key).catch((error: Error) => error);
  if (token instanceof Error) return token.message;
  const session = await openSession(emulator, { token, authType: AUTO_IAM }).catch((error: Error) => error);
  if (session instanceof Error) return session.message;
  session.write(startupMessage({ user: 'auth-proxy@local.iam', database: 'postgres' }));
  const first = await readMessage(session, never);
  session.end(message('X', Buffer.alloc(0)));
  session.destroy();
  return first.type === 'R' ? 'ok' : (parseServerError(first.body).message ?? 'error');
}

test('an account, its key, its roles and a database user are all that a login takes', async () => {
  const created = await asOwner(`/v1/${PROJECT}/serviceAccounts`, { accountId: 'auth-proxy' });
  assert.equal(created.email, ACCOUNT);
  const { privateKeyData } = await asOwner(`/v1/${PROJECT}/serviceAccounts/${ACCOUNT}/keys`, {});
  key = JSON.parse(Buffer.from(String(privateKeyData), 'base64').toString()) as ServiceAccountKey;
  assert.ok((await tokenOf(key)).startsWith(ACCESS_TOKEN_PREFIX));
  assert.match(await logIn(), /Permission 'alloydb\.clusters\.generateClientCertificate' denied/);

  const members = [`serviceAccount:${ACCOUNT}`];
  const policy = await asOwner(`/v3/${PROJECT}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } });
  const roles = ['roles/alloydb.client', 'roles/alloydb.databaseUser'].map((role) => ({ role, members }));
  const bindings = [...(policy.bindings as readonly unknown[]), ...roles];
  await asOwner(`/v3/${PROJECT}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } });
  assert.equal(await logIn(), 'role "auth-proxy@local.iam" does not exist');
  assert.equal(await emulator.createIamUser(ACCOUNT, { grantRoles: false }), 'auth-proxy@local.iam');
  assert.equal(await logIn(), 'ok');
});

const BREAKS: readonly (readonly [string, () => void, RegExp, () => void])[] = [
  [
    'roles/alloydb.databaseUser',
    () => emulator.revokeRole(ACCOUNT, { role: 'roles/alloydb.databaseUser', on: PROJECT }),
    /IAM user authentication failed/,
    () => emulator.grantRole(ACCOUNT, { role: 'roles/alloydb.databaseUser', on: PROJECT }),
  ],
  [
    'roles/alloydb.client',
    () => emulator.revokeRole(ACCOUNT, { role: 'roles/alloydb.client', on: PROJECT }),
    /Permission 'alloydb\.clusters\.generateClientCertificate' denied/,
    () => emulator.grantRole(ACCOUNT, { role: 'roles/alloydb.client', on: PROJECT }),
  ],
  [
    'the API',
    () => emulator.setServiceState({ service: 'alloydb.googleapis.com', state: 'DISABLED' }),
    /SERVICE_DISABLED/,
    () => emulator.setServiceState({ service: 'alloydb.googleapis.com', state: 'ENABLED' }),
  ],
  [
    'the enabled account',
    () => emulator.disableServiceAccount(ACCOUNT),
    /^Invalid grant: account not found$/,
    () => emulator.disableServiceAccount(ACCOUNT, false),
  ],
];

for (const [what, take, text, giveBack] of BREAKS) {
  test(`without ${what} there is no login, and with it there is again`, async () => {
    take();
    assert.match(await logIn(), text);
    giveBack();
    assert.equal(await logIn(), 'ok');
  });
}

test('a custom role gives one permission and not the other', async () => {
  const role = 'projects/local/roles/connect_only';
  emulator.revokeRole(ACCOUNT, { role: 'roles/alloydb.client', on: PROJECT });
  emulator.defineRole(role, ['alloydb.instances.connect']);
  emulator.grantRole(ACCOUNT, { role, on: PROJECT });
  const token = await tokenOf(key);
  assert.equal((await callApi(emulator, { path: `/v1/${INSTANCE}/connectionInfo`, token })).status, 200);
  assert.match(await logIn(), /Permission 'alloydb\.clusters\.generateClientCertificate' denied/);
  emulator.defineRole(role, ['alloydb.clusters.generateClientCertificate']);
  assert.match(await logIn(), /^Caller does not have required permission to use project/);
  assert.throws(() => emulator.defineRole(role, ['alloydb.instances.conect']), { code: 'INVALID_OPTION' });
  assert.throws(() => emulator.defineRole('roles/mine' as typeof role, []), { code: 'INVALID_OPTION' });
});

test('a key that is deleted is refused, and so is one for an account that is deleted', async () => {
  emulator.deleteServiceAccountKey(key.private_key_id);
  assert.equal(await logIn(), 'Invalid JWT Signature.');
  assert.throws(() => emulator.deleteServiceAccountKey(key.private_key_id), { code: 'INVALID_OPTION' });
  emulator.disableKeyCreation();
  const path = `/v1/${PROJECT}/serviceAccounts/${ACCOUNT}/keys`;
  assert.equal((await callApi(emulator, { path, token: ownerToken, body: {} })).status, 400);
  emulator.disableKeyCreation(false);
  emulator.deleteServiceAccount(ACCOUNT);
  assert.equal(await logIn(), 'Invalid grant: account not found');
  await assert.rejects(emulator.serviceAccountKey(ACCOUNT), { code: 'INVALID_OPTION' });
});
