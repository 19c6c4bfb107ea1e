// 200 MB in and 200 MB out, compared by checksum.

import assert from 'node:assert/strict';
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { openPostgresJs } from './support/clients.ts';
import { setUp } from './support/setting.ts';

const rowLength = 1_000;
const rows = 200_000;

/** Rows that no compression or repetition could fake: each has its number and different bytes. */
function* payload(): Generator<Buffer> {
  const noise = randomBytes(rowLength)
    .toString('hex')
    .slice(0, rowLength - 10);
  for (let first = 0; first < rows; first += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => {
      const row = String(first + index).padStart(8, '0');
      const turn = (first + index) % noise.length;
      return `${row}:${noise.slice(turn)}${noise.slice(0, turn)}\n`;
    });
    yield Buffer.from(batch.join(''));
  }
}

function hashing(hash: Hash, count: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      count(chunk.length);
      done(null, chunk);
    },
  });
}

test('COPY carries 200 MB each way without a changed byte', async () => {
  await using setting = await setUp();
  const { port } = await setting.startProxy(setting.instance);
  const sql = openPostgresJs({ port, ...setting.emulator.superuser });
  await sql`create unlogged table load (line text)`;

  const sent = createHash('sha256');
  let sentBytes = 0;
  const sink = await sql`copy load from stdin`.writable();
  await pipeline(
    Readable.from(payload()),
    hashing(sent, (bytes) => void (sentBytes += bytes)),
    sink,
  );

  const received = createHash('sha256');
  let receivedBytes = 0;
  await sql`set synchronize_seqscans = off`;
  const source = await sql`copy load to stdout`.readable();
  await pipeline(
    source,
    hashing(received, (bytes) => void (receivedBytes += bytes)),
    new Writable({ write: (_bytes, _encoding, done) => done() }),
  );
  await sql.end();

  assert.equal(sentBytes, rows * rowLength);
  assert.equal(receivedBytes, sentBytes);
  assert.equal(received.digest('hex'), sent.digest('hex'));
});
