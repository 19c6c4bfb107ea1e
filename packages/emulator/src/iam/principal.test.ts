// Tests what principals say about projects, resources and database users.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPrincipal, databaseUserOf, projectOf, serviceAccountOf, serviceAccountResource } from './principal.ts';

test('serviceAccountOf and projectOf are each other’s inverse, also for domain-scoped projects', () => {
  assert.equal(serviceAccountOf('app', 'p'), 'app@p.iam.gserviceaccount.com');
  assert.equal(serviceAccountOf('app', 'example.com:p'), 'app@p.example.com.iam.gserviceaccount.com');
  for (const project of ['p', 'example.com:p', 'a.example.com:p']) {
    assert.equal(projectOf(serviceAccountOf('app', project)), project);
  }
  assert.equal(projectOf('ann@example.com'), 'local');
});

test('serviceAccountResource lies below the project of the account', () => {
  const email = 'app@p.iam.gserviceaccount.com';
  assert.equal(serviceAccountResource(email), `projects/p/serviceAccounts/${email}`);
});

test('databaseUserOf shortens service accounts and leaves people as they are', () => {
  assert.equal(databaseUserOf('app@p.iam.gserviceaccount.com'), 'app@p.iam');
  assert.equal(databaseUserOf('ann@example.com'), 'ann@example.com');
});

test('checkPrincipal takes e-mail addresses and identities of workload pools, and nothing else', () => {
  const workload = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/subject/s';
  for (const good of ['ann@example.com', workload]) assert.equal(checkPrincipal(good), good);
  for (const bad of ['', 'ann', 'a b@example.com', 'a@b@c', 'a/b@example.com', 'principal://x/y']) {
    assert.throws(() => checkPrincipal(bad), { code: 'INVALID_OPTION' });
  }
});
