// Replies, byte for byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesBody, encodeReply, entryBody, failed, folderBody, initBody, openBody, statfsBody } from './reply.ts';

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

function joined(...words: readonly string[]): string {
  return words.join('').replaceAll(' ', '');
}

test('encodeReply puts length, error and number before what it carries', () => {
  const body = Buffer.from('target');
  assert.equal(
    hex(encodeReply(0x1_0000_0002n, { kind: 'done', body })),
    joined('16000000 00000000 0200000001000000', '746172676574'),
  );
  // -ENOENT.
  assert.equal(hex(encodeReply(3n, failed('ENOENT'))), joined('10000000 feffffff 0300000000000000'));
});

test('initBody has 64 bytes: version 7.31, read-ahead, flags, and the least that may be written at once', () => {
  const body = initBody({ maxReadahead: 131_072, flags: 1 << 18 });
  assert.equal(
    hex(body),
    joined('07000000 1f000000 00000200 00000400', '0000 0000 00100000 00ca9a3b', '00'.repeat(36)),
  );
});

const attributes = { node: 3, type: 'link', permissions: 0o777, size: 20, uid: 1_000, gid: 100, seconds: 258 } as const;
const written = joined(
  '0300000000000000 1400000000000000 0100000000000000',
  '0201000000000000'.repeat(3),
  '00000000'.repeat(3),
  // Mode 0120777, one name, its owner, no device, blocks of 4,096, no flags.
  'ffa10000 01000000 e8030000 64000000 00000000 00100000 00000000',
);

test('attributesBody is valid for no time', () => {
  assert.equal(hex(attributesBody(attributes)), joined('00'.repeat(16), written));
});

test('entryBody names the node, and is valid for no time either', () => {
  assert.equal(hex(entryBody(attributes)), joined('0300000000000000', '00'.repeat(32), written));
});

test('A folder has two names, and a file one', () => {
  const folder = attributesBody({ ...attributes, type: 'folder', permissions: 0o555 });
  assert.deepEqual([folder.readUInt32LE(76).toString(8), folder.readUInt32LE(80)], ['40555', 2]);
});

test('openBody and statfsBody have the size that the kernel wants', () => {
  assert.equal(hex(openBody(9)), joined('0900000000000000', '0000000000000000'));
  assert.equal(hex(statfsBody()), joined('00'.repeat(40), '00100000 ff000000 00100000 00000000', '00'.repeat(24)));
});

const entries = [
  { name: 'README', type: 'file' },
  { name: 'p.r.c.i', type: 'link' },
  { name: 'pp.r.c.i2', type: 'link' },
] as const;
const second = joined('ffffffff00000000 0200000000000000 07000000 0a000000', '702e722e632e6900');

test('folderBody fills each entry up to eight bytes and says where to go on', () => {
  const all = hex(folderBody(entries, { offset: 0, size: 4_096 }));
  assert.equal(
    all,
    joined(
      'ffffffff00000000 0100000000000000 06000000 08000000',
      '524541444d450000',
      second,
      'ffffffff00000000 0300000000000000 09000000 0a000000',
      '70702e722e632e69 3200000000000000',
    ),
  );
});

test('folderBody gives as many entries as have room, from where it is told, and none at the end', () => {
  assert.equal(hex(folderBody(entries, { offset: 1, size: 71 })), second);
  assert.equal(folderBody(entries, { offset: 0, size: 31 }).length, 0);
  assert.equal(folderBody(entries, { offset: 3, size: 4_096 }).length, 0);
});
