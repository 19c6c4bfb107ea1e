// Which instances a DNS name may point to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstanceUri } from 'alloydb-connector';
import { allows, formatAllowedTargets, parseAllowedTargets } from './allowed-targets.ts';

const cluster = 'projects/shop/locations/us-central1/clusters/main';

test('parseAllowedTargets takes a project or a cluster, and nothing else', () => {
  for (const text of ['projects/shop', 'projects/example.com:shop', cluster]) {
    const allowed = parseAllowedTargets(text);
    assert.equal(allowed === undefined ? undefined : formatAllowedTargets(allowed), text);
  }
  const wrong = ['', '*', 'shop', 'projects/', 'projects/shop/', 'projects/shop/locations/us-central1', `${cluster}/`];
  for (const text of [...wrong, `${cluster}/instances/primary`, ` ${cluster}`, 'projects/a b', 'Projects/shop']) {
    assert.equal(parseAllowedTargets(text), undefined, text);
  }
});

function decide(allowed: string, uri: string): boolean {
  const targets = parseAllowedTargets(allowed) ?? assert.fail(allowed);
  return allows(targets, parseInstanceUri(uri));
}

test('allows compares part by part, not letter by letter', () => {
  assert.equal(decide('projects/shop', `${cluster}/instances/primary`), true);
  assert.equal(decide(cluster, `${cluster}/instances/primary`), true);
  assert.equal(decide('projects/sho', `${cluster}/instances/primary`), false);
  assert.equal(decide(cluster, `${cluster}-2/instances/primary`), false);
  assert.equal(decide(cluster, 'projects/shop/locations/us-central2/clusters/main/instances/primary'), false);
  assert.equal(decide('projects/shop', 'projects/evil:shop/locations/r/clusters/main/instances/primary'), false);
});
