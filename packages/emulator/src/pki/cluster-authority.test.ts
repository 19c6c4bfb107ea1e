// Tests the certificates of a cluster with node:crypto and, where it is installed, the openssl command.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { pkcs1Pem, spkiPem } from '../testing/emulator-client.ts';
import { readClientPublicKey } from './client-public-key.ts';
import { type ClientChain, ClusterAuthority } from './cluster-authority.ts';

const HOUR_MS = 3_600_000;

async function issueClient(authority: ClusterAuthority, lifeMs = HOUR_MS): Promise<ClientChain> {
  const key = readClientPublicKey(spkiPem);
  assert.ok(key.is === 'key');
  return authority.issueClient({ spki: key.spki, lifeMs, useMetadataExchange: true });
}

test('ClusterAuthority issues a client chain in which each certificate is signed by the next', async () => {
  const authority = await ClusterAuthority.create(systemClock);
  const { pemCertificateChain, caCert } = await issueClient(authority);
  const [leaf, intermediate, root] = pemCertificateChain.map((pem) => new X509Certificate(pem));
  assert.ok(leaf && intermediate && root);
  assert.equal(pemCertificateChain[2], caCert);
  assert.ok(leaf.verify(intermediate.publicKey) && leaf.checkIssued(intermediate));
  assert.ok(intermediate.verify(root.publicKey) && intermediate.checkIssued(root));
  assert.ok(root.verify(root.publicKey));
  assert.deepEqual([leaf.ca, intermediate.ca, root.ca], [false, true, true]);
  assert.deepEqual([intermediate.subject, root.subject], ['CN=client.alloydb', 'CN=root.alloydb']);
  assert.ok(leaf.publicKey.equals(createPublicKey(spkiPem)));
});

test('ClusterAuthority lets the leaf end when its life is over by the given clock', async () => {
  const now = Date.UTC(2030, 0, 1);
  const authority = await ClusterAuthority.create({ now: () => now });
  const { pemCertificateChain } = await issueClient(authority, 2 * HOUR_MS);
  const leaf = new X509Certificate(pemCertificateChain[0]);
  assert.equal(leaf.validFromDate.getTime(), now);
  assert.equal(leaf.validToDate.getTime(), now + 2 * HOUR_MS);
});

test('ClusterAuthority names addresses as IP SANs and hosts as DNS SANs in server certificates', async () => {
  const authority = await ClusterAuthority.create(systemClock);
  const server = await authority.issueServer({ uid: 'u-1', names: ['127.0.0.2', '127.0.0.3', 'x.psc.goog'] });
  const certificate = new X509Certificate(server.certificate);
  assert.equal(certificate.subject, 'CN=u-1.server.alloydb');
  assert.equal(certificate.subjectAltName, 'IP Address:127.0.0.2, IP Address:127.0.0.3, DNS:x.psc.goog');
  assert.ok(certificate.checkIssued(new X509Certificate(server.trustedRoot)));
});

test('ClusterAuthority remembers the mode of a certificate until the authority is rotated', async () => {
  const authority = await ClusterAuthority.create(systemClock);
  const { pemCertificateChain, caCert } = await issueClient(authority);
  const { fingerprint256 } = new X509Certificate(pemCertificateChain[0]);
  assert.equal(authority.modeOf(fingerprint256)?.useMetadataExchange, true);
  await authority.rotate();
  assert.equal(authority.modeOf(fingerprint256), undefined);
  assert.notEqual((await issueClient(authority)).caCert, caCert);
});

test('the openssl command accepts the chains of ClusterAuthority for their purposes', async (t) => {
  if (spawnSync('openssl', ['version']).error) return t.skip('openssl is not installed');
  const authority = await ClusterAuthority.create(systemClock);
  const { pemCertificateChain, caCert } = await issueClient(authority);
  const { certificate } = await authority.issueServer({ uid: 'u-1', names: ['127.0.0.2'] });
  const folder = await mkdtemp(join(tmpdir(), 'authority-'));
  t.after(async () => rm(folder, { recursive: true }));
  const [leaf, intermediate] = pemCertificateChain;
  const files = { root: caCert, intermediate, leaf, server: certificate };
  for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, name), pem);
  const verify = (...args: string[]): number | null =>
    spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', 'root', ...args], { cwd: folder }).status;
  assert.equal(verify('-untrusted', 'intermediate', '-purpose', 'sslclient', 'leaf'), 0);
  assert.equal(verify('-purpose', 'sslserver', 'server'), 0);
  assert.notEqual(verify('-purpose', 'sslclient', 'leaf'), 0);
  return undefined;
});

test('readClientPublicKey takes PKCS#1 and SPKI and reads the same key from both', () => {
  const spki = readClientPublicKey(spkiPem);
  const pkcs1 = readClientPublicKey(pkcs1Pem);
  assert.ok(spki.is === 'key' && pkcs1.is === 'key');
  assert.deepEqual(spki.spki, pkcs1.spki);
});

test('readClientPublicKey refuses what is no RSA public key, with a reason', () => {
  const broken = spkiPem.replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA');
  for (const pem of ['', 'no PEM', broken, '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n']) {
    assert.equal(readClientPublicKey(pem).is, 'refused');
  }
});
