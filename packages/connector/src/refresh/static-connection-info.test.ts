// Files with connection info: read, refused with a reason, never quoted.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CertificateAuthority } from '../../test/certificate-authority.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { readStaticConnectionInfo } from './static-connection-info.ts';

const folder = scratchFolder();
after(() => folder[Symbol.dispose]());
const authority = new CertificateAuthority();
const notAfter = Date.UTC(2040, 0, 1);
const { key, cert } = authority.issue({ notAfter });
const uri = 'projects/p/locations/r/clusters/c/instances/i';
const entry = { pemCertificateChain: [cert, authority.cert], caCert: authority.cert };

function fileWith(content: string | object): string {
  return folder.write('static.json', content);
}

test('readStaticConnectionInfo reads every instance, its addresses and the end of its certificate', () => {
  const other = `${uri}2`;
  const infos = readStaticConnectionInfo(
    fileWith({
      publicKey: 'unused',
      privateKey: key,
      [uri]: { ...entry, ipAddress: '10.0.0.5', publicIpAddress: '', pscInstanceConfig: { pscDnsName: 'a.psc.goog.' } },
      [other]: { ...entry, publicIpAddress: '34.0.0.1' },
    }),
  );
  assert.deepEqual([...infos.keys()], [uri, other]);
  assert.deepEqual(infos.get(uri)?.addresses, { PRIVATE: '10.0.0.5', PSC: 'a.psc.goog' });
  assert.deepEqual(infos.get(other)?.addresses, { PUBLIC: '34.0.0.1' });
  assert.equal(infos.get(uri)?.expiresAt, notAfter);
  assert.equal(infos.get(uri)?.instance.instance, 'i');
});

const mistakes: readonly (readonly [string, string | object, RegExp])[] = [
  ['is no JSON', `{"privateKey": "${key}`, /it is no JSON object$/],
  ['is no object', [key], /it is no JSON object$|"privateKey" is missing$/],
  ['has no key', { [uri]: entry }, /"privateKey" is missing$/],
  ['has a key that is no text', { privateKey: 1, [uri]: entry }, /"privateKey" is missing$/],
  ['names no instance', { privateKey: key, publicKey: 'p' }, /it names no instance$/],
  ['has no chain', { privateKey: key, [uri]: { caCert: authority.cert } }, /lacks pemCertificateChain or caCert$/],
  [
    'has an empty chain',
    { privateKey: key, [uri]: { ...entry, pemCertificateChain: [] } },
    /lacks pemCertificateChain/,
  ],
  ['has no authority', { privateKey: key, [uri]: { pemCertificateChain: [cert] } }, /lacks pemCertificateChain/],
  ['has no entry', { privateKey: key, [uri]: null }, /lacks pemCertificateChain/],
  ['has the key of another certificate', { privateKey: authority.issue().key, [uri]: entry }, /do not fit together$/],
  [
    'has no certificate in its chain',
    { privateKey: key, [uri]: { ...entry, pemCertificateChain: ['x'] } },
    /do not fit/,
  ],
];
for (const [what, content, reason] of mistakes) {
  test(`readStaticConnectionInfo refuses a file that ${what}, without quoting it`, () => {
    assert.throws(
      () => readStaticConnectionInfo(fileWith(content)),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'INVALID_OPTION');
        assert.match(error.message, reason);
        assert.match(error.message, /^Cannot use the static connection info in ".*static\.json": /);
        assert.doesNotMatch(error.message, /BEGIN/);
        return true;
      },
    );
  });
}

test('readStaticConnectionInfo names a file that is missing, and an instance URI that is none', () => {
  assert.throws(() => readStaticConnectionInfo('/missing.json'), {
    code: 'INVALID_OPTION',
    message: 'Cannot use the static connection info in "/missing.json": no such file or directory',
  });
  assert.throws(() => readStaticConnectionInfo(fileWith({ privateKey: key, instance: entry })), {
    code: 'INVALID_INSTANCE_URI',
  });
});
