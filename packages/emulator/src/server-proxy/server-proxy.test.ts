// Tests whom the server-side proxy lets in, and that each ordered fault looks as it should from outside.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Emulator } from '../emulator.ts';
import type { FaultOrder } from '../faults/fault.ts';
import { parseServerError, readMessage, startupMessage } from '../postgres/messages.ts';
import { readExactly } from '../read-exactly.ts';
import { startEmulator } from '../start-emulator.ts';
import {
  callApi,
  type ClientCertificate,
  DB_NATIVE,
  dial,
  exchangeRequest,
  firstInstance,
  openSession,
  readToEnd,
  requestCertificate,
} from '../testing/emulator-client.ts';

const ACCOUNT = 'app@local.iam.gserviceaccount.com';
const never = new AbortController().signal;
const log: string[] = [];
let emulator: Emulator;
let token: string;
let certificate: ClientCertificate;

let offsetMs = 0;
const clock = { now: () => Date.now() + offsetMs };

before(async () => {
  emulator = await startEmulator({ clock, log: (line) => log.push(line), clientCertificateLifeMs: 3_600_000 });
  token = emulator.mintToken(ACCOUNT);
  certificate = await requestCertificate(emulator, { token });
});
after(async () => emulator.close());

/** What a client gets that shows `shown` and sends its request: the reply's bytes, or the code of the error. */
async function replyTo(shown: Parameters<typeof dial>[1]): Promise<Buffer | string> {
  let socket: TLSSocket | undefined;
  try {
    socket = await dial(firstInstance(emulator), shown);
    socket.write(exchangeRequest(DB_NATIVE, token));
    return await readToEnd(socket);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket?.destroy();
  }
}

async function faultyReply(fault: FaultOrder): Promise<Buffer | string> {
  emulator.addFault(fault);
  return replyTo(certificate);
}

/** A refusal is an alert, a reset or an end without a byte: with TLS 1.3 it comes after the client's handshake. */
function assertRefused(reply: Buffer | string): void {
  if (typeof reply === 'string') assert.match(reply, /^(ERR_SSL_|ECONNRESET|EPIPE)/);
  else assert.equal(reply.length, 0);
}

test('ServerProxy refuses a client without a certificate with an alert', async () => {
  assert.equal(await replyTo({ caCert: certificate.caCert }), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
});

test('ServerProxy refuses a leaf without its intermediate', async () => {
  assertRefused(await replyTo({ ...certificate, chain: certificate.chain.slice(0, 1) }));
  assert.match(log.at(-1) ?? '', /TLS handshake refused: UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)/);
});

test('ServerProxy speaks TLS 1.3', async () => {
  const socket = await openSession(emulator, { token, certificate });
  assert.equal(socket.getProtocol(), 'TLSv1.3');
  socket.destroy();
});

test('Emulator.rotateCa refuses old certificates and shows a new server certificate, but cuts no open session', async () => {
  const { uri } = firstInstance(emulator);
  const open = await openSession(emulator, { token, certificate });
  await emulator.rotateCa(uri);
  const renewed = await requestCertificate(emulator, { token });
  assertRefused(await replyTo({ ...certificate, caCert: renewed.caCert }));
  await assert.rejects(dial(firstInstance(emulator), certificate), /self-signed certificate|unable to verify/);
  certificate = renewed;
  (await openSession(emulator, { token, certificate })).destroy();
  assert.equal(open.destroyed, false);
  open.destroy();
  await assert.rejects(emulator.rotateCa('projects/p/locations/l/clusters/none'), { code: 'UNKNOWN_INSTANCE' });
});

test('ServerProxy refuses a client certificate that has expired', async () => {
  offsetMs = -2 * 3_600_000;
  const expired = await requestCertificate(emulator, { token: emulator.mintToken(ACCOUNT) });
  offsetMs = 0;
  assertRefused(await replyTo(expired));
  assert.match(log.at(-1) ?? '', /TLS handshake refused: CERT_HAS_EXPIRED/);
});

test('ServerProxy refuses a client certificate that has expired by the emulator’s clock only', async () => {
  offsetMs = 3_600_000;
  assertRefused(await replyTo(certificate));
  offsetMs = 0;
  assert.match(log.at(-1) ?? '', /was not issued here, or has expired/);
});

test('the fault refuse-client-certificate ends as ordered after the client’s handshake', async () => {
  const kind = 'refuse-client-certificate';
  assert.equal(await faultyReply({ kind }), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  assert.deepEqual(await faultyReply({ kind, how: 'eof' }), Buffer.alloc(0));
  assert.equal(await faultyReply({ kind, how: 'reset' }), 'ECONNRESET');
});

test('the fault foreign-server-certificate shows the right names under the wrong authority', async () => {
  emulator.addFault({ kind: 'foreign-server-certificate' });
  await assert.rejects(dial(firstInstance(emulator), certificate), {
    code: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE)$/,
  });
});

test('the faults wrong-server-names and expired-server-certificate are wrong in nothing else', async () => {
  emulator.addFault({ kind: 'wrong-server-names' });
  await assert.rejects(dial(firstInstance(emulator), certificate), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  emulator.addFault({ kind: 'expired-server-certificate' });
  await assert.rejects(dial(firstInstance(emulator), certificate), { code: 'CERT_HAS_EXPIRED' });
});

/** What a client without TLS gets that sends a byte: the reply, or the code of the error. */
async function tcpReply(fault: FaultOrder): Promise<Buffer | string> {
  emulator.addFault(fault);
  const { address, port } = firstInstance(emulator);
  const socket = connect({ host: address, port });
  try {
    socket.write('x');
    return await readToEnd(socket);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

test('the faults at accept and in the handshake close or reset the connection', async () => {
  assert.deepEqual(await tcpReply({ kind: 'close-at-accept' }), Buffer.alloc(0));
  assert.equal(await tcpReply({ kind: 'reset-at-accept' }), 'ECONNRESET');
  assert.equal((await tcpReply({ kind: 'close-in-handshake' })).toString('hex'), '160303007a02');
  assert.equal(await tcpReply({ kind: 'reset-in-handshake' }), 'ECONNRESET');
});

test('the fault stall-in-handshake says no more until the client goes', async () => {
  emulator.addFault({ kind: 'stall-in-handshake' });
  const { address, port } = firstInstance(emulator);
  const socket = connect({ host: address, port, allowHalfOpen: true });
  socket.write('x');
  assert.equal((await readExactly(socket, 6, never)).length, 6);
  socket.end();
  assert.equal((await readToEnd(socket)).length, 0);
});

test('the fault exchange-error answers ERROR with its text', async () => {
  const reply = await faultyReply({ kind: 'exchange-error', message: 'no' });
  assert.equal(reply.toString('hex'), '00000006080212026e6f');
});

test('the fault postgres-error answers a bare ErrorResponse', async () => {
  const reply = await faultyReply({ kind: 'postgres-error', message: 'too many connections' });
  assert.ok(Buffer.isBuffer(reply));
  assert.equal(reply.toString('latin1', 0, 1), 'E');
  assert.equal(reply.readUInt32BE(1), reply.length - 1);
  assert.deepEqual(parseServerError(reply.subarray(5)), { sqlState: '53300', message: 'too many connections' });
});

test('the faults truncated-reply and oversized-reply break the frame', async () => {
  const truncated = await faultyReply({ kind: 'truncated-reply' });
  assert.ok(Buffer.isBuffer(truncated));
  assert.ok(truncated.readUInt32BE(0) > truncated.length - 4);
  const oversized = await faultyReply({ kind: 'oversized-reply' });
  assert.ok(Buffer.isBuffer(oversized));
  assert.ok(oversized.readUInt32BE(0) > 16 * 1024);
});

test('the faults close-before-reply and reset-before-reply differ in how the connection ends', async () => {
  assert.deepEqual(await faultyReply({ kind: 'close-before-reply' }), Buffer.alloc(0));
  assert.equal(await faultyReply({ kind: 'reset-before-reply' }), 'ECONNRESET');
});

test('the fault error-behind-reply puts OK and an ErrorResponse into one record', async () => {
  emulator.addFault({ kind: 'error-behind-reply', message: 'full', sqlState: '53300' });
  const socket = await dial(firstInstance(emulator), certificate);
  socket.write(exchangeRequest(DB_NATIVE, token));
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.equal(first.toString('hex', 0, 7), '00000002080145');
  assert.deepEqual(parseServerError(first.subarray(11)), { sqlState: '53300', message: 'full' });
  socket.destroy();
});

test('the fault slow-reply gives the reply byte by byte, and then the session', async () => {
  emulator.addFault({ kind: 'slow-reply', byteIntervalMs: 1 });
  const socket = await dial(firstInstance(emulator), certificate);
  const chunks: number[] = [];
  socket.on('data', (bytes: Buffer) => chunks.push(bytes.length));
  socket.write(exchangeRequest(DB_NATIVE, token));
  while (chunks.length < 6) await once(socket, 'data');
  assert.deepEqual(chunks, [1, 1, 1, 1, 1, 1]);
  socket.write(startupMessage({ user: 'postgres', database: 'postgres' }));
  await once(socket, 'data');
  socket.destroy();
});

test('the fault postgres-delay comes between the exchange and PostgreSQL', async () => {
  emulator.addFault({ kind: 'postgres-delay', delayMs: 1 });
  const socket = await openSession(emulator, { token, certificate });
  socket.write(startupMessage({ user: 'postgres', database: 'postgres' }));
  assert.equal((await readMessage(socket, never)).type, 'R');
  socket.destroy();
  assert.deepEqual(emulator.pendingFaults(), []);
});

test('Emulator.breakConnections resets the sessions that have reached PostgreSQL', async () => {
  const socket = await openSession(emulator, { token, certificate });
  socket.write(startupMessage({ user: 'postgres', database: 'postgres' }));
  assert.equal((await readMessage(socket, never)).type, 'R');
  const { uri } = firstInstance(emulator);
  assert.equal(emulator.breakConnections({ instance: uri, how: 'reset' }), 1);
  await assert.rejects(readToEnd(socket), { code: 'ECONNRESET' });
  assert.equal(emulator.breakConnections({ how: 'reset' }), 0);
  assert.throws(() => emulator.breakConnections({ instance: 'x', how: 'reset' }), { code: 'UNKNOWN_INSTANCE' });
});

test('POST /rotate-ca rotates like Emulator.rotateCa', async () => {
  const cluster = firstInstance(emulator).uri.replace(/\/instances\/.*/, '');
  const answer = await callApi(emulator, { path: '/rotate-ca', body: { cluster } });
  assert.deepEqual(answer, { status: 200, body: {} });
  const renewed = await requestCertificate(emulator, { token });
  assert.notEqual(renewed.caCert, certificate.caCert);
  certificate = renewed;
  (await openSession(emulator, { token, certificate })).destroy();
});

test('the stalls answer nothing until the client goes', async () => {
  emulator.addFault({ kind: 'stall-before-reply' });
  const socket = await dial(firstInstance(emulator), certificate);
  socket.end(exchangeRequest(DB_NATIVE, token));
  assert.equal((await readToEnd(socket)).length, 0);

  emulator.addFault({ kind: 'stall-at-accept' });
  const refused = dial(firstInstance(emulator), certificate, AbortSignal.timeout(50));
  await assert.rejects(refused, { name: 'AbortError' });
});

test('Emulator.close cuts open sessions', async () => {
  const { uri } = firstInstance(emulator);
  const socket = await openSession(emulator, { token, certificate });
  const ended = once(socket.on('error', () => {}).resume(), 'end');
  await emulator.close();
  await ended;
  assert.equal(emulator.statistics().connections[uri]?.open, 0);
});
