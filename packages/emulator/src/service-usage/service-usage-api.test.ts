// Tests switching APIs on and off, and what calls of an API that is off hear.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, clientAs } from '../testing/api-client.ts';
import { type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

const OWNER = 'owner@example.com';
const ALLOYDB = '/v1/projects/p/services/alloydb.googleapis.com';

let setting: HttpSetting;
let asOwner: ApiClient;

before(async () => {
  setting = await startHttpSetting({ defaultRoles: [] });
  setting.policy.grant(OWNER, { role: 'roles/owner', on: 'projects/p' });
  asOwner = clientAs(setting, OWNER);
});
after(async () => setting[Symbol.asyncDispose]());

test('a disabled API answers SERVICE_DISABLED with where to enable it, until it is enabled', async () => {
  const { number } = setting.projects.mention('p');
  assert.equal((await asOwner('GET', ALLOYDB)).body.state, 'ENABLED');
  const disabled = await asOwner('POST', `${ALLOYDB}:disable`, {});
  assert.equal(disabled.body.done, true);
  assert.deepEqual((await asOwner('GET', ALLOYDB)).body, {
    name: `projects/${number}/services/alloydb.googleapis.com`,
    config: { name: 'alloydb.googleapis.com', title: 'AlloyDB API' },
    state: 'DISABLED',
    parent: `projects/${number}`,
  });

  const activationUrl = `https://console.developers.google.com/apis/api/alloydb.googleapis.com/overview?project=${number}`;
  const { status, body, message } = await asOwner('GET', `/v1alpha/${URI}/connectionInfo`);
  assert.equal(status, 403);
  assert.equal(
    message,
    `AlloyDB API has not been used in project ${number} before or it is disabled. Enable it by visiting ${activationUrl} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
  );
  assert.deepEqual((body as { error: { details: unknown[] } }).error.details[0], {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'SERVICE_DISABLED',
    domain: 'googleapis.com',
    metadata: {
      service: 'alloydb.googleapis.com',
      serviceTitle: 'AlloyDB API',
      consumer: `projects/${number}`,
      containerInfo: number,
      activationUrl,
    },
  });

  const enabled = await asOwner('POST', `${ALLOYDB}:enable`, {});
  assert.match(String(enabled.body.name), /^operations\/acat\./);
  assert.equal((await asOwner('GET', `/v1alpha/${URI}/connectionInfo`)).status, 200);
  const again = await asOwner('POST', `${ALLOYDB}:enable`, {});
  assert.equal(again.body.name, 'operations/noop.DONE_OPERATION');
});

test('an API that is off in the project of the caller or of the quota is off for its calls', async () => {
  const account = 'caller@elsewhere.iam.gserviceaccount.com';
  setting.accounts.mention(account);
  setting.policy.grant(account, { role: 'roles/owner', on: 'projects/p' });
  setting.policy.grant(OWNER, { role: 'roles/serviceusage.serviceUsageConsumer', on: 'projects/elsewhere' });
  const elsewhere = setting.projects.mention('elsewhere');
  setting.projects.setState(elsewhere, 'alloydb.googleapis.com', 'DISABLED');
  const path = `/v1alpha/${URI}/connectionInfo`;
  const asAccount = clientAs(setting, account);
  const asQuota = clientAs(setting, OWNER, { 'x-goog-user-project': 'elsewhere' });
  for (const call of [asAccount, asQuota]) {
    const { reason, message } = await call('GET', path);
    assert.equal(reason, 'SERVICE_DISABLED');
    assert.ok(message?.includes(`project ${elsewhere.number}`));
  }
  assert.equal((await asOwner('GET', path)).status, 200);
  // A quota project of one's own choice counts in place of the account's.
  const asBoth = clientAs(setting, account, { 'x-goog-user-project': 'p' });
  assert.equal((await asBoth('GET', path)).status, 200);
});

test('each call needs its permission and a service that exists', async () => {
  const asNobody = clientAs(setting, 'nobody@example.com');
  const refused = await asNobody('GET', ALLOYDB);
  assert.deepEqual([refused.status, refused.reason], [403, 'AUTH_PERMISSION_DENIED']);
  setting.policy.grant('nobody@example.com', { role: 'roles/serviceusage.serviceUsageConsumer', on: 'projects/p' });
  assert.equal((await asNobody('GET', ALLOYDB)).status, 200);
  const enabling = await asNobody('POST', `${ALLOYDB}:enable`, {});
  assert.equal(enabling.message, 'Permission denied to enable service [alloydb.googleapis.com]');
  const strange = await asOwner('GET', ALLOYDB.replace('alloydb', 'strange'));
  assert.equal(strange.reason, 'SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED');
});
