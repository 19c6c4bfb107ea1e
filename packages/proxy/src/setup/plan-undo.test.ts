// What --undo takes away of an account that was there before.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planUndo } from './plan-undo.ts';

const account = { project: 'shop', name: 'app', email: 'app@shop.iam.gserviceaccount.com' };
const mine = `12345678${'a'.repeat(32)}`;
const foreign = `99999999${'b'.repeat(32)}`;

const planOf = (keys: readonly string[] | undefined) =>
  planUndo(account, '/keys/key.json', {
    permissions: new Set(),
    account: { description: 'The app [alloydb-auth-proxy setup: key/12345678]', isDisabled: false },
    policy: undefined,
    place: { is: 'free' },
    keys,
  });

test('planUndo deletes a key of the record whose file is not at hand, and no other', () => {
  const { steps, needs, warnings } = planOf([foreign, mine]);
  assert.deepEqual(steps, [
    { do: 'delete-key', account: account.email, id: mine, path: undefined },
    { do: 'forget', account: account.email, description: 'The app' },
  ]);
  assert.ok(needs.includes('iam.serviceAccountKeys.delete'));
  assert.deepEqual(warnings, []);
});

test('planUndo forgets a key that is gone', () => {
  assert.deepEqual(
    planOf([foreign]).steps.map((step) => step.do),
    ['forget'],
  );
});

test('planUndo leaves the record of keys that it cannot find, and says so', () => {
  const { steps, warnings } = planOf(undefined);
  assert.deepEqual(steps, []);
  assert.match(warnings.join(), /^a key of app@\S+ that setup has made may stay valid.*keys list .*\(12345678…\)$/);
});
