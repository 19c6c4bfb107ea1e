// Which code each failure of a step becomes, where a real server cannot be made to fail so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimeLimitError } from '../abort.ts';
import { ConnectorError } from '../errors.ts';
import { ExchangeBrokenError } from '../metadata-exchange/frame-reader.ts';
import { connectFailed, exchangeFailed, handshakeFailed, requireOk, type DialTarget } from './dial-errors.ts';
import { OutboundProxyError } from './proxy-error.ts';

const target: DialTarget = {
  uri: { project: 'p', region: 'r', cluster: 'c', instance: 'i' },
  instance: 'projects/p/locations/r/clusters/c/instances/i',
  address: '10.0.0.5:5433',
  route: 'directly',
  principal: undefined,
};

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test('connectFailed keeps an error that is one already, and the hint of an outbound proxy', () => {
  const known = new ConnectorError('INVALID_OPTION', 'no');
  assert.equal(connectFailed(target, known), known);
  const hint = 'put the login into the URL of the proxy';
  const refused = new OutboundProxyError('login', 'it wants a login', { hint });
  const { code, hint: given } = connectFailed(target, refused);
  assert.deepEqual([code, given], ['CONNECT_FAILED', hint]);
});

const chainCodes = [
  'CERT_HAS_EXPIRED',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
];
for (const code of chainCodes) {
  test(`handshakeFailed takes ${code} for a certificate that is not trusted`, () => {
    assert.equal(handshakeFailed(target, coded(code)).code, 'SERVER_CERTIFICATE_REJECTED');
  });
}

for (const code of ['ECONNRESET', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE']) {
  test(`handshakeFailed takes ${code} for a handshake that failed`, () => {
    assert.equal(handshakeFailed(target, coded(code)).code, 'TLS_FAILED');
  });
}

for (const code of [
  'ECONNRESET',
  'EPIPE',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
]) {
  test(`exchangeFailed takes ${code} before the reply for a certificate that was refused`, () => {
    assert.equal(exchangeFailed(target, coded(code)).code, 'CLIENT_CERTIFICATE_REFUSED');
  });
}

test('exchangeFailed takes silence, nonsense and an end within the reply for a broken exchange', () => {
  for (const error of [
    new TimeLimitError(30_000),
    new ExchangeBrokenError('nonsense', { received: 0, ended: false }),
    new ExchangeBrokenError('torn', { received: 3, ended: true }),
    coded('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'),
  ]) {
    assert.equal(exchangeFailed(target, error).code, 'EXCHANGE_FAILED', error.message);
  }
});

test('requireOk lets nothing pass but OK', () => {
  requireOk({ code: 'OK' }, target);
  assert.throws(() => requireOk({ code: 'UNSPECIFIED' }, target), { code: 'EXCHANGE_FAILED' });
  assert.throws(() => requireOk({ code: 'ERROR', error: 'no' }, target), {
    code: 'EXCHANGE_REFUSED',
    message: 'The server at "10.0.0.5:5433" refused the connection: no',
  });
});
