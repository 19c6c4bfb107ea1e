// The scanner against whole messages, at any split.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Frame, FrameScanner } from './frame-scanner.ts';

function encode(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

const letter = fc.constantFrom('Z', 'D', 'C', 'T', 'S', 'R');
const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

test('FrameScanner reports every message at its last byte, at any split', () => {
  const messages = fc.array(fc.tuple(letter, body), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 9 }), (written, size) => {
      const frames: Frame[] = [];
      const scanner = new FrameScanner((frame) => frames.push(frame));
      const encoded = written.map(([type, content]) => encode(type, content));
      const all = Buffer.concat(encoded);
      for (let at = 0; at < all.length; at += size) {
        scanner.scan(all.subarray(at, at + size));
        const whole = Buffer.concat(encoded.slice(0, frames.length)).length;
        assert.equal(scanner.isBetweenFrames, whole === Math.min(at + size, all.length));
      }
      const expected = written.map(([type, content]) => ({
        type,
        first: content.length === 0 ? undefined : String.fromCharCode(content[0] ?? 0),
      }));
      assert.deepEqual(frames, expected);
    }),
  );
});

test('FrameScanner reports nothing any more once the bytes make no sense', () => {
  let frames = 0;
  const scanner = new FrameScanner(() => (frames += 1));
  scanner.scan(Buffer.from([0x5a, 0, 0, 0, 1]));
  scanner.scan(encode('Z', Buffer.from('I')));
  assert.deepEqual([frames, scanner.isBetweenFrames], [0, false]);
});
