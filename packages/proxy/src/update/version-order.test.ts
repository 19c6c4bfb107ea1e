// parseVersion and compareVersions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compareVersions, parseVersion, type Version } from './version-order.ts';

function version(text: string): Version {
  return parseVersion(text) ?? assert.fail(`${text} is no version`);
}

test('compareVersions orders versions as semver.org does', () => {
  const inOrder = [
    '0.9.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0-0',
  ].map(version);
  for (const [at, one] of inOrder.entries()) {
    for (const [otherAt, other] of inOrder.entries()) {
      assert.equal(Math.sign(compareVersions(one, other)), Math.sign(at - otherAt), `${one.text} and ${other.text}`);
    }
  }
});

test('parseVersion leaves out a leading v and what was built with it', () => {
  assert.equal(version('v1.2.3+build.5').text, '1.2.3');
  assert.equal(compareVersions(version('1.2.3+a'), version('v1.2.3+b')), 0);
});

test('parseVersion takes nothing that is no version of three numbers', () => {
  for (const text of [
    '',
    '1',
    '1.2',
    'latest',
    '1.2.3.4',
    '1.2.3-',
    '1.2.3 ',
    '1.2.3\n',
    'x1.2.3',
    '1.2.99999999999',
  ]) {
    assert.equal(parseVersion(text), undefined, JSON.stringify(text));
  }
});

test('compareVersions is the reverse of itself with its arguments exchanged', () => {
  const part = fc.constantFrom('0', '1', '2', '10', 'a', 'rc', '-');
  const text = fc
    .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.array(part, { maxLength: 3 }))
    .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre.length === 0 ? '' : `-${pre.join('.')}`}`);
  fc.assert(
    fc.property(text, text, (one, other) => {
      const forth = Math.sign(compareVersions(version(one), version(other)));
      assert.equal(forth + Math.sign(compareVersions(version(other), version(one))), 0);
    }),
  );
});
