// Reads so many bytes from the front of a stream and leaves the rest in it.

import type { Duplex } from 'node:stream';

/** Undefined when the stream ends or breaks before. */
export async function readExactly(stream: Duplex, length: number): Promise<Buffer | undefined> {
  for (;;) {
    // A stream that has ended gives what is left, however little.
    const bytes = stream.read(length) as Buffer | null;
    if (bytes !== null) return bytes.length === length ? bytes : undefined;
    if (stream.destroyed || stream.readableEnded) return undefined;
    await readableOrGone(stream);
  }
}

async function readableOrGone(stream: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['readable', 'end', 'close'] as const;
  for (const event of events) stream.on(event, resolve);
  await promise;
  for (const event of events) stream.off(event, resolve);
}
