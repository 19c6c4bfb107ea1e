// Reads from a socket that is about to be handed on, and puts back what belongs to whoever gets it.

import type { Socket } from 'node:net';
import { orAborted } from '../abort.ts';
import { OutboundProxyError } from './proxy-error.ts';

/** Takes the next bytes: wants more, or is done and gives back the `rest` that it had no use for. */
export type Take = (chunk: Buffer) => 'more' | { readonly rest: Buffer };

/**
 * Feeds `take` until it is done. Rejects with what it throws, with the socket's error, when the proxy closes the
 * connection, or with the signal's reason; the socket is the caller's to destroy. The socket never flows, so that no
 * byte is lost between this reader and the next.
 */
export async function readBytes(socket: Socket, signal: AbortSignal, take: Take): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onReadable = (): void => {
    try {
      for (let chunk = nextChunk(socket); chunk !== null; chunk = nextChunk(socket)) {
        const taken = take(chunk);
        if (taken === 'more') continue;
        release();
        if (taken.rest.length > 0) socket.unshift(taken.rest);
        resolve();
        return;
      }
    } catch (error) {
      reject(error);
    }
  };
  const onEnd = (): void => reject(new OutboundProxyError('connect', 'the proxy closed the connection'));
  const release = (): void => {
    socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', reject);
  };
  socket.on('readable', onReadable).on('end', onEnd).on('error', reject).on('close', onEnd);
  // What came or happened before there was a listener is announced to nobody.
  onReadable();
  if (socket.readableEnded || socket.destroyed) onEnd();
  try {
    await orAborted(promise, signal);
  } finally {
    release();
  }
}

/** The next `length` bytes, however they were split on the way. */
export async function readExactly(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  await readBytes(socket, signal, (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    return bytes.length < length ? 'more' : { rest: bytes.subarray(length) };
  });
  return bytes.subarray(0, length);
}

function nextChunk(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
