import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { databaseUserOf, refusalHint } from './refusal-hints.ts';

const instance = { project: 'shop', region: 'europe-west4', cluster: 'main', instance: 'primary' };
const account = 'api@shop.iam.gserviceaccount.com';

suite('refusalHint', () => {
  test('refusalHint tells the database user of the principal, and the rule for both kinds', () => {
    const text = 'IAM principal does not match database user.';
    const rule =
      "the database user is a person's full e-mail, or a service account's e-mail without .gserviceaccount.com";
    assert.equal(refusalHint(text, { instance, principal: account }), `log in as api@shop.iam: ${rule}`);
    assert.equal(refusalHint(text, { instance, principal: undefined }), rule);
  });

  test('refusalHint grants both roles that connecting takes', () => {
    const hint = refusalHint('Caller does not have required permission to use project shop.', {
      instance,
      principal: account,
    });
    for (const role of ['roles/alloydb.client', 'roles/serviceusage.serviceUsageConsumer']) {
      const command = `gcloud projects add-iam-policy-binding shop --member=serviceAccount:${account} --role=${role}`;
      assert.ok(hint?.includes(command), hint);
    }
  });

  test('refusalHint knows scopes and expired tokens, and nothing of other texts', () => {
    const context = { instance, principal: undefined };
    assert.match(refusalHint('Request had insufficient scopes.', context) ?? '', /auth\/cloud-platform/);
    assert.match(
      refusalHint('Request had invalid authentication credentials. Expected …', context) ?? '',
      /gcloud auth application-default login/,
    );
    assert.equal(refusalHint('The moon is in the wrong phase.', context), undefined);
  });
});

test('databaseUserOf keeps the e-mail of a person whole', () => {
  assert.equal(databaseUserOf('ann@example.com'), 'ann@example.com');
  assert.equal(databaseUserOf(account), 'api@shop.iam');
});
