// Tests the frames of the metadata exchange against bytes written by hand.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { AUTO_IAM, exchangeRequest } from '../testing/emulator-client.ts';
import { encodeExchangeResponse, readExchangeRequest } from './metadata-exchange.ts';

const never = new AbortController().signal;

function streamOf(bytes: Buffer): PassThrough {
  const stream = new PassThrough();
  stream.end(bytes);
  return stream;
}

test('encodeExchangeResponse writes OK as 00 00 00 02 08 01', () => {
  assert.equal(encodeExchangeResponse({ is: 'ok' }).toString('hex'), '000000020801');
});

test('encodeExchangeResponse writes an error with its text', () => {
  assert.equal(encodeExchangeResponse({ is: 'error', message: 'no' }).toString('hex'), '00000006080212026e6f');
});

test('readExchangeRequest reads a request and leaves the bytes behind it', async () => {
  const stream = streamOf(Buffer.concat([exchangeRequest(AUTO_IAM, 'ya29.token'), Buffer.from('startup')]));
  const request = await readExchangeRequest(stream, never);
  assert.deepEqual(request, { userAgent: 'emulator-test/1', authType: 'AUTO_IAM', token: 'ya29.token' });
  assert.equal(String(stream.read()), 'startup');
});

test('readExchangeRequest refuses a frame beyond 16 KiB before reading it', async () => {
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(16 * 1024 + 1);
  await assert.rejects(readExchangeRequest(streamOf(frame), never), { name: 'ExchangeError' });
});

test('readExchangeRequest refuses a message that is no protobuf', async () => {
  const frame = Buffer.from('0000000312ffff', 'hex');
  await assert.rejects(readExchangeRequest(streamOf(frame), never), { name: 'ExchangeError' });
});
