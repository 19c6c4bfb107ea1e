// Tests who may do what, where.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Policy } from './policy.ts';

const WHO = 'ann@example.com';
const CLUSTER = 'projects/p/locations/l/clusters/c';
const CERTIFY = 'alloydb.clusters.generateClientCertificate';

test('Policy gives each principal the default roles at first sight, until they are revoked', () => {
  const policy = new Policy(['roles/alloydb.client']);
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER), true);
  policy.revoke(WHO, 'roles/alloydb.client');
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER), false);
  assert.equal(policy.allows('bob@example.com', CERTIFY, CLUSTER), true);
});

test('Policy lets a role on a resource hold for what lies below it, and for nothing beside it', () => {
  const policy = new Policy([]);
  policy.grant(WHO, { role: 'roles/alloydb.client', on: 'projects/p' });
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER), true);
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER.replace('/p/', '/p2/')), false);
  policy.revoke(WHO, 'roles/alloydb.client');
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER), true);
  policy.revoke(WHO, { role: 'roles/alloydb.client', on: 'projects/p' });
  assert.equal(policy.allows(WHO, CERTIFY, CLUSTER), false);
});

test('Policy refuses unknown roles and resources', () => {
  const policy = new Policy([]);
  for (const on of ['', 'projects/', 'projects/-', 'p', 'projects/p/serviceAccounts/x', CLUSTER]) {
    assert.throws(() => policy.grant(WHO, { role: 'roles/alloydb.client', on }), { code: 'INVALID_OPTION' });
  }
  const strange = JSON.parse('"roles/ownr"') as 'roles/alloydb.client';
  assert.throws(() => policy.grant(WHO, strange), { code: 'INVALID_OPTION' });
});
