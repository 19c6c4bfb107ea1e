// Tests whom the server-side proxy lets in, and that each ordered fault looks as it should from outside.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Emulator } from '../emulator.ts';
import type { FaultOrder } from '../faults/fault.ts';
import { parseServerError } from '../postgres/messages.ts';
import { startEmulator } from '../start-emulator.ts';
import {
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
const log: string[] = [];
let emulator: Emulator;
let token: string;
let certificate: ClientCertificate;

before(async () => {
  emulator = await startEmulator({ log: (line) => log.push(line) });
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

test('the fault refuse-client-certificate ends in a TLS alert after the client’s handshake', async () => {
  const reply = await faultyReply({ kind: 'refuse-client-certificate' });
  assert.equal(reply, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
});

test('the fault foreign-server-certificate shows the right names under the wrong authority', async () => {
  emulator.addFault({ kind: 'foreign-server-certificate' });
  await assert.rejects(dial(firstInstance(emulator), certificate), {
    code: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE)$/,
  });
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
