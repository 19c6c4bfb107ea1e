// The exchange over a real pair of streams: splits, leftovers and everything a server can do wrong.

import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { exchangeMetadata } from './exchange.ts';
import { ExchangeBrokenError } from './frame-reader.ts';
import { describeErrorResponse } from './postgres-error.ts';

const request = { userAgent: 'test/1', authType: 'DB_NATIVE', token: 'secret' } as const;
const okFrame = Buffer.from([0, 0, 0, 2, 8, 1]);

function start(): {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly outcome: ReturnType<typeof exchangeMetadata>;
} {
  const [client, server] = duplexPair();
  client.on('error', () => undefined);
  server.on('error', () => undefined);
  server.once('readable', () => server.read());
  return { client, server, outcome: exchangeMetadata(client, request, new AbortController().signal) };
}

function postgresError(): Buffer {
  const fields = Buffer.from('SFATAL\0C53300\0Msorry, too many clients already\0\0');
  const header = Buffer.alloc(5);
  header.write('E');
  header.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([header, fields]);
}

async function readAll(stream: Duplex, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    if (Buffer.concat(parts).length >= length) break;
  }
  return Buffer.concat(parts);
}

test('exchangeMetadata reads a reply split at any byte and gives back every byte behind it', async () => {
  const splits = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 });
  const behind = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(splits, behind, async (sizes, leftover) => {
      const { client, server, outcome } = start();
      const all = Buffer.concat([okFrame, leftover]);
      for (let at = 0, index = 0; at < all.length; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        server.write(all.subarray(at, at + size));
        at += size;
        if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(await outcome, { code: 'OK' });
      if (leftover.length > 0) assert.deepEqual(await readAll(client, leftover.length), leftover);
      client.destroy();
      server.destroy();
    }),
    { numRuns: 60 },
  );
});

test('exchangeMetadata takes a raw PostgreSQL error for what it is, however it is split (alloydb-auth-proxy#504)', async () => {
  const raw = postgresError();
  for (const size of [1, 3, 4, 5, raw.length]) {
    const { server, outcome } = start();
    for (let at = 0; at < raw.length; at += size) server.write(raw.subarray(at, at + size));
    const result = await outcome;
    assert.equal(result.code, 'POSTGRES_ERROR');
    assert.deepEqual(result.code === 'POSTGRES_ERROR' && result.raw, raw);
  }
  assert.equal(describeErrorResponse(raw), 'FATAL: sorry, too many clients already (SQLSTATE 53300)');
});

const badReplies: readonly (readonly [string, Buffer])[] = [
  ['a length above 16 KiB', Buffer.from([0, 1, 0, 0, 8, 1])],
  ['the largest length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['a PostgreSQL error of absurd length', Buffer.from([0x45, 0x7f, 0, 0, 0])],
  ['a frame that is no message', Buffer.from([0, 0, 0, 1, 0xff])],
];
for (const [name, bytes] of badReplies) {
  test(`exchangeMetadata fails on ${name} without reading on`, async () => {
    const { server, outcome } = start();
    server.write(bytes);
    await assert.rejects(outcome, (error) => error instanceof ExchangeBrokenError && !error.ended);
  });
}

test('exchangeMetadata tells an end before the reply from an end within it', async () => {
  for (const [bytes, received] of [
    [Buffer.alloc(0), 0],
    [okFrame.subarray(0, 3), 3],
    [okFrame.subarray(0, 5), 5],
  ] as const) {
    const { server, outcome } = start();
    server.end(bytes);
    await assert.rejects(
      outcome,
      (error) => error instanceof ExchangeBrokenError && error.ended && error.received === received,
    );
  }
});

test('exchangeMetadata ends at once when its signal is aborted', async () => {
  const [client] = duplexPair();
  const controller = new AbortController();
  const outcome = exchangeMetadata(client, request, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(outcome, /enough/);
});
