// The record in a description: read as it was written, beside what people wrote.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addToRecord, exchangeInRecord, holdsKey, nothingMade, readRecord, writeRecord } from './account-record.ts';

const record = { madeAccount: true, grantedRoles: ['roles/alloydb.client'], keys: ['0123abcd'] };

test('readRecord finds what writeRecord wrote, and leaves the rest of the description alone', () => {
  const text = writeRecord('Made for [the app]', record);
  assert.equal(text, 'Made for [the app] [alloydb-auth-proxy setup: account roles/alloydb.client key/0123abcd]');
  assert.deepEqual(readRecord(text), record);
  assert.equal(writeRecord(text, nothingMade), 'Made for [the app]');
  assert.deepEqual(readRecord('Made for [the app]'), nothingMade);
});

test('writeRecord writes nothing that Google would not take', () => {
  assert.equal(writeRecord('x'.repeat(200), record), undefined);
});

test('addToRecord names each thing once, and no key that goes with its account', () => {
  const id = `fedcba98${'0'.repeat(32)}`;
  const existing = { ...record, madeAccount: false };
  const added = addToRecord(existing, { grantedRoles: ['roles/alloydb.client', 'roles/b'], key: id });
  assert.deepEqual(added.grantedRoles, ['roles/alloydb.client', 'roles/b']);
  assert.deepEqual(added.keys, ['0123abcd', 'fedcba98']);
  assert.ok(holdsKey(added, id) && !holdsKey(existing, id) && holdsKey(record, id));
  assert.deepEqual(addToRecord(record, { key: id }), record);
});

test('exchangeInRecord exchanges a key that is there', () => {
  const id = `fedcba98${'0'.repeat(32)}`;
  assert.deepEqual(exchangeInRecord(record, '0123abcd9999', id).keys, ['fedcba98']);
  assert.deepEqual(exchangeInRecord(record, 'unknown', id), record);
});
