// Tests reading, writing and asking the policy of a project over HTTP.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type ApiClient, clientAs } from '../testing/api-client.ts';
import { type HttpSetting, startHttpSetting } from '../testing/http-setting.ts';

const OWNER = 'owner@example.com';
const ACCOUNT = 'app-proxy@p.iam.gserviceaccount.com';
const PROJECT = '/v3/projects/p';
const CLIENT = { role: 'roles/alloydb.client', members: [`serviceAccount:${ACCOUNT}`] };
const KEPT = { role: 'roles/owner', members: [`user:${OWNER}`] };

let setting: HttpSetting;
let asOwner: ApiClient;

before(async () => {
  setting = await startHttpSetting({ defaultRoles: [] });
  setting.accounts.mention(ACCOUNT);
  asOwner = clientAs(setting, OWNER);
});
beforeEach(() => setting.policy.of('projects/p').replace([KEPT]));
after(async () => setting[Symbol.asyncDispose]());

async function read(requestedPolicyVersion?: number) {
  const options = requestedPolicyVersion === undefined ? {} : { options: { requestedPolicyVersion } };
  const { status, body } = await asOwner('POST', `${PROJECT}:getIamPolicy`, options);
  assert.equal(status, 200);
  return body as { version: number; etag: string; bindings: readonly unknown[] };
}

const write = async (policy: unknown, client = asOwner) => client('POST', `${PROJECT}:setIamPolicy`, { policy });

test('what setIamPolicy writes takes effect at once and is what getIamPolicy reads', async () => {
  const { etag, bindings } = await read(3);
  const permissions = ['alloydb.instances.connect', 'alloydb.instances.list', 'alloydb.users.login'];
  const asAccount = clientAs(setting, ACCOUNT);
  const granted = async () => (await asAccount('POST', `${PROJECT}:testIamPermissions`, { permissions })).body;
  assert.deepEqual(await granted(), {});
  const { status, body } = await write({ version: 3, etag, bindings: [...bindings, CLIENT] });
  assert.equal(status, 200);
  assert.deepEqual(await read(3), body);
  assert.notEqual(body.etag, etag);
  assert.deepEqual(body.bindings, [KEPT, CLIENT]);
  assert.deepEqual(await granted(), { permissions: ['alloydb.instances.connect'] });
});

test('setIamPolicy answers 409 to a stale etag', async () => {
  const { etag, bindings } = await read(3);
  setting.policy.grant('ann@example.com', { role: 'roles/viewer', on: 'projects/p' });
  const refused = await write({ version: 3, etag, bindings: [...bindings, CLIENT] });
  assert.deepEqual([refused.status, refused.error], [409, 'ABORTED']);
  assert.match(
    refused.message ?? '',
    /^There were concurrent policy changes\. Please retry the whole read-modify-write/,
  );
  assert.ok(JSON.stringify(await read(3)).includes('ann@example.com'));
});

const CONDITIONAL = {
  role: 'roles/alloydb.admin',
  members: ['user:ann@example.com'],
  condition: { title: 'until 2030', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
};

test('conditional bindings are given and taken with version 3 only', async () => {
  setting.policy.of('projects/p').replace([KEPT, CONDITIONAL]);
  const three = await read(3);
  assert.deepEqual([three.version, three.bindings], [3, [KEPT, CONDITIONAL]]);
  for (const version of [undefined, 0, 1]) {
    const { version: got, bindings, etag } = await read(version);
    assert.equal(got, 1);
    assert.equal(etag, three.etag);
    const [, disguised] = bindings as readonly { role: string; condition?: unknown }[];
    assert.match(disguised?.role ?? '', /^roles\/alloydb\.admin_withcond_[0-9a-f]{20}$/);
    assert.equal(disguised?.condition, undefined);
    // Neither can the disguise be written back, nor the condition dropped behind a good etag.
    assert.equal((await write({ version: 1, etag, bindings })).status, 400);
    assert.equal((await write({ version: 1, etag, bindings: [KEPT] })).status, 400);
    assert.equal((await write({ version: 1, etag, bindings: [KEPT, CONDITIONAL] })).status, 400);
  }
  for (const version of [2, 4, 'x']) {
    const options = { requestedPolicyVersion: version };
    assert.equal((await asOwner('POST', `${PROJECT}:getIamPolicy`, { options })).status, 400);
  }
  assert.deepEqual((await write(three)).body.bindings, [KEPT, CONDITIONAL]);
  // Google allows this loss to those who leave the etag out.
  assert.equal((await write({ bindings: [KEPT] })).status, 200);
  assert.deepEqual((await read(3)).bindings, [KEPT]);
});

test('a conditional binding holds while its comparison with the time does', async () => {
  const end = setting.time.ms + 60_000;
  const condition = { title: 'a minute', expression: `request.time < timestamp("${new Date(end).toISOString()}")` };
  setting.policy.of('projects/p').replace([KEPT, { ...CONDITIONAL, condition }]);
  const permissions = ['alloydb.instances.connect'];
  const granted = async () =>
    (await clientAs(setting, 'ann@example.com')('POST', `${PROJECT}:testIamPermissions`, { permissions })).body;
  assert.deepEqual(await granted(), { permissions });
  setting.time.ms = end;
  assert.deepEqual(await granted(), {});
});

const MISTAKES = [
  [['serviceAccount:nobody@p.iam.gserviceaccount.com'], /^Service account nobody@p\.iam\.\S+ does not exist\.$/],
  [[ACCOUNT], /is of an unknown type\. Please set a valid type prefix for the member\.$/],
  [[`user:${ACCOUNT}`], /The principal should appear as "serviceAccount:app-proxy@/],
  [['user:nobody'], /^User nobody does not exist\.$/],
  ['user:ann@example.com', /must be a list/],
] as const;

for (const [members, text] of MISTAKES) {
  test(`setIamPolicy refuses the members ${JSON.stringify(members)}`, async () => {
    const { etag } = await read(3);
    const refused = await write({ etag, bindings: [{ ...CLIENT, members }] });
    assert.deepEqual([refused.status, refused.error], [400, 'INVALID_ARGUMENT']);
    assert.match(refused.message ?? '', text);
    assert.equal((await read(3)).etag, etag);
  });
}

test('setIamPolicy takes roles of other services and of the project, and refuses those that do not exist', async () => {
  const member = { members: ['user:ann@example.com'] };
  for (const role of ['roles/storage.objectViewer', 'projects/p/roles/own_role', 'roles/editor']) {
    assert.equal((await write({ bindings: [KEPT, { role, ...member }] })).status, 200, role);
  }
  for (const role of ['roles/alloydb.cleint', 'roles/nothing', 'alloydb.client', undefined]) {
    const refused = await write({ bindings: [KEPT, { role, ...member }] });
    assert.equal(refused.message, `Role ${role} is not supported for this resource.`);
  }
});

test('the policy is for those who may see and change it', async () => {
  const asNobody = clientAs(setting, 'nobody@example.com');
  const reading = await asNobody('POST', `${PROJECT}:getIamPolicy`, {});
  assert.deepEqual([reading.status, reading.reason], [403, 'IAM_PERMISSION_DENIED']);
  assert.equal(
    reading.message,
    "Permission 'resourcemanager.projects.getIamPolicy' denied on resource '//cloudresourcemanager.googleapis.com/projects/p' (or it may not exist).",
  );
  const writing = await write({ bindings: [] }, asNobody);
  assert.deepEqual([writing.status, writing.message], [403, 'Policy update access denied.']);
  assert.equal((await asNobody('GET', PROJECT)).status, 403);
  assert.equal((await asOwner('GET', '/v3/projects/unknown')).status, 403);
  // An editor sees the policy and cannot change it.
  setting.policy.grant('ed@example.com', { role: 'roles/editor', on: 'projects/p' });
  const asEditor = clientAs(setting, 'ed@example.com');
  assert.equal((await asEditor('POST', `${PROJECT}:getIamPolicy`, {})).status, 200);
  assert.equal((await write({ bindings: [] }, asEditor)).status, 403);
});

test('GetProject names the project by ID and number', async () => {
  const { number } = setting.projects.mention('p');
  const { body } = await asOwner('GET', PROJECT);
  assert.deepEqual(body, { name: `projects/${number}`, projectId: 'p', displayName: 'p', state: 'ACTIVE' });
  assert.equal((await asOwner('GET', `/v1/projects/${number}`)).body.projectId, 'p');
});

async function ask(permissions: unknown, project = 'p') {
  return asOwner('POST', `/v3/projects/${project}:testIamPermissions`, { permissions });
}

test('testIamPermissions refuses names that no permission has, and knows nothing of projects that are not there', async () => {
  assert.match((await ask(['alloydb.instances.conect'])).message ?? '', /is not valid for this resource/);
  assert.equal((await ask('x')).status, 400);
  assert.deepEqual((await ask(['alloydb.instances.connect'], 'unknown')).body, {});
});
