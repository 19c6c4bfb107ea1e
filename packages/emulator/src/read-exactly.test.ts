// Tests that exact reads are indifferent to how bytes were split on their way.

import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readExactly } from './read-exactly.ts';

const never = new AbortController().signal;

test('readExactly gives the same pieces at any split and leaves the rest in the stream', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 5 });
  const splits = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, splits, fc.integer({ min: 0, max: 100 }), async (wanted, steps, extra) => {
      const total = wanted.reduce((sum, size) => sum + size, extra);
      const bytes = Buffer.from(Array.from({ length: total }, (_, i) => i % 251));
      const stream = new PassThrough();
      const written = writeInSteps(stream, bytes, steps);
      let at = 0;
      for (const size of wanted) {
        assert.deepEqual(await readExactly(stream, size, never), bytes.subarray(at, at + size));
        at += size;
      }
      const rest: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) rest.push(chunk);
      assert.deepEqual(Buffer.concat(rest), bytes.subarray(at));
      await written;
    }),
    { numRuns: 50 },
  );
});

async function writeInSteps(stream: PassThrough, bytes: Buffer, steps: readonly number[]): Promise<void> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const step = steps[i % steps.length] ?? 1;
    stream.write(bytes.subarray(at, at + step));
    at += step;
    await new Promise(setImmediate);
  }
  stream.end();
}

test('readExactly says how much had come when the stream ends early', async () => {
  const stream = new PassThrough();
  stream.end('abc');
  await assert.rejects(readExactly(stream, 4, never), { name: 'UnexpectedEndError', message: /3 of 4 bytes/ });
});

test('readExactly rejects with the error of the stream', async () => {
  const stream = new PassThrough();
  const read = readExactly(stream, 1, never);
  stream.destroy(new Error('broken'));
  await assert.rejects(read, { message: 'broken' });
});

test('readExactly rejects with the reason of the signal', async () => {
  const controller = new AbortController();
  const read = readExactly(new PassThrough(), 1, controller.signal);
  controller.abort(new Error('too late'));
  await assert.rejects(read, { message: 'too late' });
});
