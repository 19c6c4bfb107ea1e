// NO_PROXY as a table: list, target, and whether the target goes without a proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLinkLocal, isLoopback, parseNoProxy } from './no-proxy.ts';

const table: readonly (readonly [list: string, host: string, port: number, matches: boolean])[] = [
  ['', 'example.com', 443, false],
  ['*', 'example.com', 443, true],
  ['*', '10.0.0.5', 5433, true],
  ['example.com', 'example.com', 443, true],
  ['example.com', 'EXAMPLE.com.', 443, true],
  ['EXAMPLE.COM', 'example.com', 443, true],
  ['example.com', 'api.example.com', 443, true],
  ['example.com', 'notexample.com', 443, false],
  ['example.com.', 'example.com', 443, true],
  ['.example.com', 'api.example.com', 443, true],
  ['.example.com', 'a.b.example.com', 443, true],
  ['.example.com', 'example.com', 443, false],
  ['*.example.com', 'api.example.com', 443, true],
  ['*.example.com', 'example.com', 443, false],
  ['example.com:5433', 'example.com', 5433, true],
  ['example.com:5433', 'example.com', 443, false],
  ['a.test, example.com ,b.test', 'example.com', 443, true],
  ['a.test example.com', 'example.com', 443, true],
  ['10.0.0.5', '10.0.0.5', 5433, true],
  ['10.0.0.5', '10.0.0.50', 5433, false],
  ['10.0.0.5:5433', '10.0.0.5', 5433, true],
  ['10.0.0.5:5433', '10.0.0.5', 443, false],
  ['10.0.0.0/8', '10.200.3.4', 5433, true],
  ['10.0.0.0/8', '11.0.0.1', 5433, false],
  ['10.0.0.0/8', 'ten.example.com', 5433, false],
  ['0.0.0.0/0', '8.8.8.8', 53, true],
  ['fd00::/8', 'fd12::1', 5433, true],
  ['fd00::/8', '[fd12::1]', 5433, true],
  ['fd00::/8', 'fe80::1', 5433, false],
  ['fd00::5', 'fd00:0:0::5', 5433, true],
  ['[fd00::5]:5433', 'fd00::5', 5433, true],
  ['[fd00::5]:5433', 'fd00::5', 443, false],
  ['10.0.0.0/33', '10.0.0.1', 5433, false],
  ['10.0.0.0/', '10.0.0.1', 5433, false],
  ['10.0.0.0/8/8', '10.0.0.1', 5433, false],
  ['nonsense/8', 'nonsense', 5433, false],
  ['a:b:c', 'a', 5433, false],
  ['.', 'example.com', 443, false],
];

for (const [list, host, port, matches] of table) {
  test(`parseNoProxy("${list}") ${matches ? 'matches' : 'does not match'} ${host} port ${port}`, () => {
    assert.equal(parseNoProxy(list)(host, port), matches);
  });
}

test('isLoopback knows localhost, all of 127.0.0.0/8 and ::1', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])
    assert.ok(isLoopback(host), host);
  for (const host of ['localhost.example.com', '128.0.0.1', '::2', '0.0.0.0']) assert.ok(!isLoopback(host), host);
});

test('isLinkLocal knows the address of the metadata server', () => {
  assert.ok(isLinkLocal('169.254.169.254'));
  assert.ok(!isLinkLocal('169.253.169.254'));
});
