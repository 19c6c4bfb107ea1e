// Which addresses are dialled, and how a dial address is written.

import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { test } from 'node:test';
import type { InstanceAddresses } from '../instance/ip-type.ts';
import type { ConnectionInfo } from '../refresh/connection-info.ts';
import { candidates, formatAddress, parseDialAddress } from './address.ts';

const instance = { project: 'p', region: 'r', cluster: 'c', instance: 'i' };

function infoWith(addresses: InstanceAddresses): ConnectionInfo {
  return { instance, addresses, expiresAt: 0, secureContext: createSecureContext() };
}

const everyKind = infoWith({ PRIVATE: '10.0.0.1', PUBLIC: '34.0.0.1', PSC: 'a.psc.goog' });

test('candidates gives the one address that was asked for', () => {
  assert.deepEqual(candidates(everyKind, 'PUBLIC'), [{ ipType: 'PUBLIC', address: '34.0.0.1' }]);
});

test('candidates gives AUTO every address there is, in the order PRIVATE, PSC, PUBLIC', () => {
  assert.deepEqual(
    candidates(everyKind, 'AUTO').map(({ ipType }) => ipType),
    ['PRIVATE', 'PSC', 'PUBLIC'],
  );
  assert.deepEqual(candidates(infoWith({ PUBLIC: '34.0.0.1' }), 'AUTO'), [{ ipType: 'PUBLIC', address: '34.0.0.1' }]);
});

function noPrivate(kinds: string): string {
  return `Cannot connect to "projects/p/locations/r/clusters/c/instances/i": it has no PRIVATE address, only: ${kinds}`;
}

test('candidates names the kinds that there are when the one asked for is missing', () => {
  const code = 'ADDRESS_MISSING';
  assert.throws(() => candidates(infoWith({ PUBLIC: '34.0.0.1', PSC: 'a.psc.goog' }), 'PRIVATE'), {
    code,
    message: noPrivate('PUBLIC, PSC'),
    hint: /--public-ip/,
  });
  assert.throws(() => candidates(infoWith({ PSC: 'a.psc.goog' }), 'PRIVATE'), {
    code,
    message: noPrivate('PSC'),
    hint: /--psc/,
  });
  assert.throws(() => candidates(infoWith({}), 'PRIVATE'), { code, message: noPrivate('none'), hint: /ready/ });
  assert.throws(() => candidates(infoWith({}), 'AUTO'), { code, message: /it has no address yet$/ });
});

test('formatAddress puts IPv6 in brackets', () => {
  assert.deepEqual(
    [formatAddress('10.0.0.5', 5433), formatAddress('fd00::5', 5433)],
    ['10.0.0.5:5433', '[fd00::5]:5433'],
  );
});

const readable: readonly (readonly [string, string, number])[] = [
  ['bastion', 'bastion', 5433],
  ['bastion.example.com:6000', 'bastion.example.com', 6000],
  ['10.0.0.5:1', '10.0.0.5', 1],
  ['10.0.0.5:65535', '10.0.0.5', 65_535],
  ['[fd00::5]:6000', 'fd00::5', 6000],
  ['[fd00::5]', 'fd00::5', 5433],
  ['fd00::5', 'fd00::5', 5433],
];
for (const [text, host, port] of readable) {
  test(`parseDialAddress reads ${text}`, () => assert.deepEqual(parseDialAddress(text, 5433), { host, port }));
}

// The last five were taken for host names once: whatever had only hexadecimal digits, dots and colons was.
const unreadable = [
  '',
  'a b',
  'http://a',
  'a:0',
  'a:65536',
  'a:x',
  '[fd00::5',
  '[zz]:1',
  ':5433',
  'a:',
  'abc:123456',
  '1.2.3.4:',
  '[...]',
];
for (const text of unreadable) {
  test(`parseDialAddress refuses "${text}"`, () =>
    assert.throws(() => parseDialAddress(text, 5433), { code: 'INVALID_OPTION', hint: /bastion\.example\.com:5433/ }));
}
