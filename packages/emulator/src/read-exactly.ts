// Reads an exact number of bytes from a stream, leaving everything behind them in the stream.

import type { Readable } from 'node:stream';

/** The other side closed before it had sent all that was expected. */
export class UnexpectedEndError extends Error {
  override readonly name = 'UnexpectedEndError';
}

/**
 * `stream.read(size)` answers only once `size` bytes are there, however they were split on their way, and keeps what
 * follows in the stream's own buffer. So nothing has to be given back.
 *
 * @throws UnexpectedEndError, the stream's own error, or the signal's reason.
 */
export async function readExactly(stream: Readable, size: number, signal: AbortSignal): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0);
  for (;;) {
    signal.throwIfAborted();
    const bytes = stream.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    if (bytes !== null || stream.readableEnded || stream.destroyed) {
      throw stream.errored ?? new UnexpectedEndError(`Stream ended after ${bytes?.length ?? 0} of ${size} bytes`);
    }
    await nextChange(stream, signal);
  }
}

async function nextChange(stream: Readable, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  const abort = (): void => reject(signal.reason as Error);
  stream.on('readable', wake).on('end', wake).on('close', wake).on('error', reject);
  signal.addEventListener('abort', abort);
  try {
    await promise;
  } finally {
    stream.off('readable', wake).off('end', wake).off('close', wake).off('error', reject);
    signal.removeEventListener('abort', abort);
  }
}
