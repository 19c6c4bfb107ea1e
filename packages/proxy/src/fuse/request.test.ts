// Requests, as a kernel has sent them and as its header file lays them out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from './request.ts';

/** Hexadecimal digits, with blanks and line ends for whoever reads them. */
function bytes(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

/** len, opcode, unique 0x0a, nodeid; uid 1000, gid 100, pid 42, no extensions. */
function request(opcode: string, node: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(40 + bytes(body).length);
  return Buffer.concat([
    length,
    bytes(`${opcode}000000 0a00000000000000 ${node}00000000000000 e8030000 64000000 2a000000 0000 0000`),
    bytes(body),
  ]);
}

test('decodeRequest reads the INIT of Linux 6.18', () => {
  const init = bytes(`
    68000000 1a000000 0200000000000000 0000000000000000 00000000 00000000 00000000 00000000
    07000000 2d000000 00000200 fbffff73 fd050000
    00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000`);
  assert.deepEqual(decodeRequest(init), {
    unique: 2n,
    node: 0,
    kind: 'init',
    major: 7,
    minor: 45,
    maxReadahead: 131_072,
    flags: 0x73fffffb,
  });
});

test('decodeRequest reads a name up to its zero', () => {
  const { kind, ...rest } = decodeRequest(request('01', '01', '702e722e632e6900'));
  assert.deepEqual([kind, rest], ['lookup', { unique: 10n, node: 1, name: 'p.r.c.i' }]);
});

test('decodeRequest reads FORGET, and many of them at once', () => {
  assert.deepEqual(decodeRequest(request('02', '05', '0300000000000000')), {
    unique: 10n,
    node: 5,
    kind: 'forget',
    forgotten: [{ node: 5, count: 3 }],
  });
  const batch = '02000000 00000000 0500000000000000 0100000000000000 0600000000000000 0200000000000000';
  assert.deepEqual(decodeRequest(request('2a', '00', batch)), {
    unique: 10n,
    node: 0,
    kind: 'forget',
    forgotten: [
      { node: 5, count: 1 },
      { node: 6, count: 2 },
    ],
  });
});

test('decodeRequest reads where to read, and how much', () => {
  const body = '0700000000000000 0010000000000000 00800000 00000000 0000000000000000 00000000 00000000';
  const range = { unique: 10n, node: 2, handle: 7, offset: 4_096, size: 32_768 };
  assert.deepEqual(decodeRequest(request('0f', '02', body)), { ...range, kind: 'read' });
  assert.deepEqual(decodeRequest(request('1c', '02', body)), { ...range, kind: 'readdir' });
});

test('decodeRequest reads what has little or nothing behind its header', () => {
  const kinds = { '03': 'getattr', '05': 'readlink', '0e': 'open', '1b': 'opendir', '11': 'statfs', '26': 'destroy' };
  for (const [opcode, kind] of Object.entries(kinds)) {
    assert.deepEqual(decodeRequest(request(opcode, '01', '')), { unique: 10n, node: 1, kind });
  }
  assert.deepEqual(decodeRequest(request('1d', '01', '0900000000000000')), {
    unique: 10n,
    node: 1,
    kind: 'releasedir',
    handle: 9,
  });
  assert.deepEqual(decodeRequest(request('24', '00', '0800000000000000')), {
    unique: 10n,
    node: 0,
    kind: 'interrupt',
    target: 8n,
  });
});

test('decodeRequest names the opcode that it does not know, whatever it carries', () => {
  assert.deepEqual(decodeRequest(request('16', '01', 'ffff')), { unique: 10n, node: 1, kind: 'unknown', opcode: 22 });
});

test('decodeRequest refuses a message that is shorter than it says', () => {
  assert.throws(() => decodeRequest(request('01', '01', '7000').subarray(0, 41)), RangeError);
  assert.throws(() => decodeRequest(bytes('10000000 01000000')), RangeError);
});
