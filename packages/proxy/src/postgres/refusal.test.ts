// Refusals over real sockets: the error is heard whatever the client says first, and nobody waits for ever.

import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { socketPair } from '../../test/socket-pair.ts';
import { encodeErrorResponse } from './error-response.ts';
import { refuse } from './refusal.ts';

const errorBytes = encodeErrorResponse({ sqlState: '08001', message: 'no', detail: 'd\0d', hint: 'h' });
const error = (): Buffer => errorBytes;

function message(code: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}
const startup = message(3 << 16, Buffer.from('user\0u\0\0'));
const ssl = message(80_877_103);
const gss = message(80_877_104);

test('encodeErrorResponse writes the fields of the protocol, and no zero within a text', () => {
  assert.equal(errorBytes.toString('latin1', 0, 1), 'E');
  assert.equal(errorBytes.readUInt32BE(1), errorBytes.length - 1);
  assert.deepEqual(errorBytes.toString('utf8', 5).split('\0'), [
    'SFATAL',
    'VFATAL',
    'C08001',
    'Mno',
    'Dd d',
    'Hh',
    '',
    '',
  ]);
});

test('refuse sends the error behind a startup message that was held', async () => {
  await using pair = await socketPair();
  const over = refuse(pair.far, { error, held: [startup.subarray(0, 3), startup.subarray(3)] });
  assert.deepEqual(await buffer(pair.near), errorBytes);
  pair.near.end();
  await over;
});

test('refuse answers requests for encryption with N and waits for the startup message', async () => {
  await using pair = await socketPair();
  const over = refuse(pair.far, { error, held: [gss] });
  const reply = buffer(pair.near);
  pair.near.write(ssl);
  pair.near.write(startup);
  assert.deepEqual(await reply, Buffer.concat([Buffer.from('NN'), errorBytes]));
  pair.near.end();
  await over;
});

test('refuse lets the error arrive although the client goes on sending', async () => {
  await using pair = await socketPair();
  const over = refuse(pair.far, { error, held: [] });
  const reply = buffer(pair.near);
  pair.near.write(startup);
  pair.near.write(Buffer.alloc(200_000));
  assert.deepEqual(await reply, errorBytes);
  pair.near.end();
  await over;
});

for (const [name, bytes] of [
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a cancel request', message(80_877_102, Buffer.alloc(8))],
] as const) {
  test(`refuse disconnects ${name} without a word`, async () => {
    await using pair = await socketPair();
    pair.near.on('error', () => undefined);
    const over = refuse(pair.far, { error, held: [bytes] });
    assert.equal((await buffer(pair.near)).length, 0);
    await over;
  });
}

test('refuse gives up on a client that says nothing, and on one that leaves', async () => {
  for (const leave of [true, false]) {
    await using pair = await socketPair();
    const over = refuse(pair.far, { error, held: [], limitMs: leave ? 60_000 : 20 });
    pair.near.resume();
    if (leave) pair.near.end();
    await over;
  }
});

test('refuse hands a cancel request over, with the client, to who wants it', async () => {
  await using pair = await socketPair();
  const cancel = message(80_877_102, Buffer.from([0, 0, 0, 7, 0, 0, 0, 9]));
  const taken = refuse(pair.far, { error, held: [ssl], takeCancel: true });
  pair.near.write(cancel);
  assert.deepEqual(await taken, cancel);
  assert.ok(!pair.far.destroyed && pair.far.isPaused());
});

test('refuse tells the error who asked', async () => {
  await using pair = await socketPair();
  const seen: (string | undefined)[] = [];
  const over = refuse(pair.far, {
    error: (parameters) => {
      seen.push(parameters.get('user'));
      return errorBytes;
    },
    held: [startup],
  });
  await buffer(pair.near);
  pair.near.end();
  await over;
  assert.deepEqual(seen, ['u']);
});
