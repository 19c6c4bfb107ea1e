// Which TXT records lead to an instance.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInstanceUri } from 'alloydb-connector';
import { readInstanceRecord } from './instance-record.ts';

const target = { kind: 'domain', domain: 'db.example.com', allow: { kind: 'project', project: 'shop' } } as const;
const uri = 'projects/shop/locations/us-central1/clusters/main/instances/primary';

function outcome(...records: readonly string[]): string {
  try {
    return formatInstanceUri(readInstanceRecord(records, target));
  } catch (error) {
    return (error as Error).message;
  }
}

test('readInstanceRecord finds the one instance URI among other records', () => {
  assert.equal(outcome(uri), uri);
  assert.equal(outcome('v=spf1 -all', ` ${uri} `, uri), uri);
});

test('readInstanceRecord refuses none, several and what is not allowed', () => {
  assert.equal(outcome('v=spf1 -all'), 'no TXT record of db.example.com is an instance URI');
  assert.equal(
    outcome('projects/shop\u001b[2J'),
    'no TXT record of db.example.com is an instance URI: "projects/shop?[2J" is none',
  );
  for (const part of ['..', '.', 'PRIMARY', 'a\u001b[2J', 'a\u0007', 'a$(b)', 'a'.repeat(60_000)]) {
    const message = outcome(uri.replace('primary', part));
    assert.match(message, /^no TXT record of db\.example\.com is an instance URI: "projects\/[\x20-\x7e]*" is none$/);
    assert.ok(message.length < 300, part);
  }
  assert.match(outcome(uri, `${uri}2`), /has 2 TXT records that are instance URIs: .*primary, .*primary2$/);
  const evil = uri.replace('shop', 'shop2');
  assert.equal(outcome(evil), `refusing to go where db.example.com points: ${evil} is not in projects/shop`);
});
