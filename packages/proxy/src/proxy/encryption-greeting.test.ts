// First words about encryption, byte by byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEncryptionGreeting } from './encryption-greeting.ts';

function request(code: number, rest = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + rest.length);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, rest]);
}

test('readEncryptionGreeting tells the requests apart', () => {
  assert.deepEqual(readEncryptionGreeting(request(80_877_103)), { kind: 'tls-request', length: 8 });
  assert.deepEqual(readEncryptionGreeting(request(80_877_104)), { kind: 'gss-request', length: 8 });
  assert.deepEqual(readEncryptionGreeting(request(80_877_102, Buffer.alloc(8))), { kind: 'cancel-request' });
});

test('readEncryptionGreeting knows direct TLS by its first byte', () => {
  assert.deepEqual(readEncryptionGreeting(Buffer.of(0x16)), { kind: 'direct-tls' });
});

test('readEncryptionGreeting waits for the whole of a greeting', () => {
  const whole = request(80_877_103);
  for (let length = 0; length < whole.length; length += 1) {
    assert.deepEqual(readEncryptionGreeting(whole.subarray(0, length)), { kind: 'incomplete' });
  }
});

test('readEncryptionGreeting has nothing to offer to a login in the clear, nor to other protocols', () => {
  const startup = request(3 << 16, Buffer.from('user\0me\0\0'));
  for (const sent of [startup, Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    assert.deepEqual(readEncryptionGreeting(sent), { kind: 'other' });
  }
});
