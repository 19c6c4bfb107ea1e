// Tests in which order and how often ordered faults happen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultPlan } from './fault-plan.ts';

test('FaultPlan.take gives each fault as often as it was ordered, in order', () => {
  const plan = new FaultPlan();
  plan.add({ kind: 'close-before-reply', times: 2 });
  plan.add({ kind: 'truncated-reply' });
  const taken = Array.from({ length: 4 }, () => plan.take('exchange')?.kind);
  assert.deepEqual(taken, ['close-before-reply', 'close-before-reply', 'truncated-reply', undefined]);
});

test('FaultPlan.take leaves the faults of other stages, instances and methods alone', () => {
  const plan = new FaultPlan();
  plan.add({ kind: 'stall-at-accept', instance: 'a' });
  plan.add({ kind: 'api-reset', method: 'connectionInfo' });
  assert.equal(plan.take('exchange', { resource: 'a' }), undefined);
  assert.equal(plan.take('accept', { resource: 'b' }), undefined);
  assert.equal(plan.take('api', { method: 'generateClientCertificate' }), undefined);
  assert.equal(plan.take('accept', { resource: 'a' })?.kind, 'stall-at-accept');
  assert.equal(plan.take('api', { method: 'connectionInfo' })?.kind, 'api-reset');
});

test('FaultPlan.clear forgets everything', () => {
  const plan = new FaultPlan();
  plan.add({ kind: 'api-reset' });
  plan.clear();
  assert.equal(plan.take('api'), undefined);
});
