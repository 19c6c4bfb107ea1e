// Peers that may connect, and networks that are none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllowList } from './allow-list.ts';

test('AllowList.allows the peers of its networks and no others', () => {
  const list = new AllowList(['10.1.0.0/16', '192.0.2.7', 'fd00::/8', '2001:db8::1/128']);
  for (const peer of ['10.1.0.0', '10.1.255.255', '192.0.2.7', 'fd12::1', '2001:db8::1'])
    assert.ok(list.allows(peer), peer);
  for (const peer of ['10.2.0.0', '192.0.2.8', 'fe00::1', '2001:db8::2', '::1']) assert.ok(!list.allows(peer), peer);
});

test('AllowList.allows an IPv4 peer of an IPv6 listener as IPv4', () => {
  const list = new AllowList(['10.0.0.0/8']);
  assert.ok(list.allows('::ffff:10.1.2.3'));
  assert.ok(!list.allows('::ffff:11.1.2.3'));
});

test('AllowList.allows a link-local peer whatever its zone', () => {
  assert.ok(new AllowList(['fe80::/10']).allows('fe80::1%eth0'));
});

test('AllowList refuses a peer that has gone already', () => {
  assert.ok(!new AllowList(['0.0.0.0/0', '::/0']).allows(undefined));
});

test('AllowList takes everybody for a prefix of 0', () => {
  const list = new AllowList(['0.0.0.0/0', '::/0']);
  for (const peer of ['203.0.113.1', '2001:db8::1', '::ffff:203.0.113.1']) assert.ok(list.allows(peer), peer);
});

for (const network of [
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/08',
  'db',
  '',
  'fe80::1%eth0',
]) {
  test(`AllowList does not take ${JSON.stringify(network)} for a network`, () => {
    assert.throws(() => new AllowList([network]), RangeError);
  });
}
