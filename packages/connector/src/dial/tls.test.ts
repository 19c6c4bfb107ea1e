// The handshake with real servers: whose certificate is taken, whose is not, and what a client announces.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { createSecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import { test } from 'node:test';
import { CertificateAuthority, type CertificateRequest } from '../../test/certificate-authority.ts';
import { startInstanceServer } from '../../test/instance-server.ts';
import { fallSilent, listen } from '../../test/tcp-server.ts';
import { handshake } from './tls.ts';

const authority = new CertificateAuthority();
const secureContext = createSecureContext({ ca: authority.cert, minVersion: 'TLSv1.3' });
const never = new AbortController().signal;

function shake(port: number, serverName: string, signal = never): Promise<TLSSocket> {
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  return handshake(socket, { secureContext, serverName }, signal);
}

/** One handshake with a server that shows such a certificate; gives the SNI that it saw. */
async function announcedTo(serverName: string, tls: TlsOptions): Promise<string | undefined> {
  await using server = await startInstanceServer(tls);
  const secured = server.secured();
  const socket = await shake(server.port, serverName);
  await secured;
  socket.destroy();
  await server.untilOpen(0);
  return server.announced[0];
}

function issue(request: CertificateRequest): TlsOptions {
  return authority.issue(request);
}

/** A handshake with such a server must fail so, and leave the server without a connection. */
async function refuses(serverName: string, tls: TlsOptions, expected: object): Promise<void> {
  await using server = await startInstanceServer(tls);
  await assert.rejects(shake(server.port, serverName), expected);
  await server.untilOpen(0);
}

test('handshake takes a certificate for the IP address and announces no name for it', async () => {
  assert.equal(await announcedTo('10.0.0.5', issue({ names: ['34.1.2.3', '10.0.0.5'] })), undefined);
});

test('handshake takes a certificate for the PSC name and announces it (SNI)', async () => {
  const name = 'uid.us-central1.alloydb-psc.goog';
  assert.equal(await announcedTo(name, issue({ names: ['10.0.0.5', name] })), name);
});

const notNamed: readonly (readonly [string, string, CertificateRequest])[] = [
  ['another IP address', '10.0.0.5', { names: ['10.0.0.6'] }],
  ['another host name', 'a.psc.goog', { names: ['b.psc.goog'] }],
  ['a wildcard', 'a.psc.goog', { names: ['*.psc.goog'] }],
  ['the host name as subject common name alone', 'a.psc.goog', { commonName: 'a.psc.goog' }],
  ['the IP address as subject common name alone', '10.0.0.5', { commonName: '10.0.0.5' }],
  ['the beginning of what is no host name', 'a.psc.goog\0b', { names: ['a.psc.goog'] }],
  ['the IP address written as a DNS name', '10.0.0.5', { names: ['10.0.0.5.'] }],
];
for (const [what, serverName, request] of notNamed) {
  test(`handshake refuses a certificate for ${what}`, async () => {
    const message = new RegExp(`^its certificate is for .+, not for ${serverName}$`);
    await refuses(serverName, issue(request), { name: 'ServerIdentityError', message });
  });
}

test('handshake looks anew at another certificate, and for another server, after one that was right', async () => {
  const names = ['10.0.0.5'];
  for (const tls of [issue({ names }), issue({ names }), issue({ names })]) await announcedTo('10.0.0.5', tls);
  await refuses('10.0.0.6', issue({ names }), { name: 'ServerIdentityError' });
  await using server = await startInstanceServer(issue({ names }));
  const before = await shake(server.port, '10.0.0.5');
  await assert.rejects(shake(server.port, '10.0.0.6'), { name: 'ServerIdentityError' });
  await refuses('10.0.0.5', issue({ names: ['10.0.0.6'] }), { name: 'ServerIdentityError' });
  before.destroy();
});

test('handshake gives a socket that knows the whole chain of its server', async () => {
  await using server = await startInstanceServer(issue({ names: ['10.0.0.5'] }));
  const socket = await shake(server.port, '10.0.0.5');
  const leaf = socket.getPeerCertificate();
  assert.equal(leaf.subjectaltname, 'IP Address:10.0.0.5');
  assert.ok(!('issuerCertificate' in leaf));
  assert.ok('issuerCertificate' in socket.getPeerCertificate(true));
  socket.destroy();
});

test('handshake refuses an expired certificate', async () => {
  const tls = issue({ names: ['10.0.0.5'], notAfter: Date.now() - 60_000 });
  await refuses('10.0.0.5', tls, { code: 'CERT_HAS_EXPIRED' });
});

test('handshake refuses the chain of an authority that is not the one of the cluster', async () => {
  const tls = new CertificateAuthority('somebody else').issue({ names: ['10.0.0.5'] });
  await refuses('10.0.0.5', tls, { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
});

test('handshake refuses a server that speaks only TLS 1.2', async () => {
  const tls: TlsOptions = { ...issue({ names: ['10.0.0.5'] }), maxVersion: 'TLSv1.2' };
  await refuses('10.0.0.5', tls, /protocol version/i);
});

test('handshake ends at once when its signal aborts, and leaves the server without a connection', async () => {
  await using server = await listen(fallSilent);
  const controller = new AbortController();
  const shaking = shake(server.port, '10.0.0.5', controller.signal);
  await server.untilOpen(1);
  controller.abort(new Error('enough'));
  await assert.rejects(shaking, /enough/);
  await server.untilOpen(0);
});

test('handshake rejects when the server ends instead of answering', async () => {
  await using server = await listen((socket) => fallSilent(socket.end()));
  await assert.rejects(shake(server.port, '10.0.0.5'), /disconnected before secure TLS connection/);
  await server.untilOpen(0);
});
