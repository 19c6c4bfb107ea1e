// The first bytes of clients that have stopped sending.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canGoOnWithoutClient, readFirstMessage, readGreeting } from './startup.ts';

function message(code: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

const startup = message(3 << 16, Buffer.from('user\0u\0\0'));
const cancel = message(80_877_102, Buffer.alloc(8));
const ssl = message(80_877_103);
const query = Buffer.from('Q\0\0\0\rselect 1\0');

const cases: readonly (readonly [name: string, sent: readonly Buffer[], goesOn: boolean])[] = [
  ['nothing', [], false],
  ['half a header', [startup.subarray(0, 5)], false],
  ['a startup message', [startup], false],
  ['a part of a startup message', [startup.subarray(0, -1)], false],
  ['a request for encryption', [ssl], false],
  ['a request for encryption and a startup message', [ssl, startup], false],
  ['a cancel request', [cancel], true],
  ['a part of a cancel request', [cancel.subarray(0, -1)], false],
  ['a startup message and a query', [startup, query], true],
];
for (const [name, sent, goesOn] of cases) {
  test(`canGoOnWithoutClient says ${goesOn ? 'yes' : 'no'} to ${name}`, () => {
    assert.equal(canGoOnWithoutClient(Buffer.concat(sent)), goesOn);
  });
}

test('readFirstMessage reads the parameters of a startup message', () => {
  const read = readFirstMessage(Buffer.concat([startup, query]));
  assert.equal(read.kind, 'startup');
  assert.deepEqual(read.kind === 'startup' && [...read.parameters], [['user', 'u']]);
});

test('readFirstMessage knows what is no PostgreSQL', () => {
  const strangers = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]),
    message(2 << 16),
    Buffer.alloc(8),
    Buffer.alloc(64, 0xff),
  ];
  for (const bytes of strangers) assert.equal(readFirstMessage(bytes).kind, 'unknown', bytes.toString('latin1'));
});

test('readGreeting looks behind requests for encryption, and stops at one that still waits for its answer', () => {
  assert.deepEqual(readGreeting(ssl), { message: { kind: 'encryption-request', length: 8 }, at: 0 });
  const { message: found, at } = readGreeting(Buffer.concat([ssl, startup]));
  assert.deepEqual([found.kind, at], ['startup', 8]);
});
