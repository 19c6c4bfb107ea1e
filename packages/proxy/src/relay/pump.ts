// Carries one direction: what one socket reads, the other writes, and its end.

import type { Socket } from 'node:net';

// Below it the garbage collector is cheaper than the bookkeeping (docs/performance.md).
const leastGivenBack = 16 * 1024;
// A peer that always has a little left to take never says that it has taken all: what waits longer is left to the collector.
const mostUnwritten = 64;

export interface Pump {
  /** Carries nothing more, and leaves the source paused. What was written before is on its way. Idempotent. */
  readonly stop: () => void;
}

export interface PumpOptions {
  /**
   * The destination's end is no more than its FIN, so that it may be closed in its place once it has ended itself. Not so with TLS, which
   * says goodbye. Default: false.
   */
  readonly closes?: boolean;
}

/**
 * Does what `pipe` does, and gives the memory of large chunks back as soon as they are written: every read makes a buffer
 * of its own, and thousands of them a second would keep the garbage collector busy with all that the process holds. So
 * another listener on the source must not keep a chunk.
 */
export function pump(from: Socket, to: Socket, { closes = false }: PumpOptions = {}): Pump {
  let unwritten: Buffer[] = [];
  const giveBack = (): void => {
    for (const { buffer } of unwritten) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
    unwritten = [];
  };
  const onData = (chunk: Buffer): void => {
    // TLS takes what is written a moment later, and says nothing when the next piece comes after that.
    if (to.writableLength === 0 && unwritten.length > 0) giveBack();
    if (unwritten.length === mostUnwritten) unwritten = [];
    if (chunk.length >= leastGivenBack && ownsItsMemory(chunk)) unwritten.push(chunk);
    if (!to.write(chunk)) from.pause();
    // The system, or TLS, has taken all of it: nobody looks at the bytes again.
    if (to.writableLength === 0 && unwritten.length > 0) giveBack();
  };
  const onDrain = (): void => {
    giveBack();
    from.resume();
  };
  const onEnd = (): void => {
    // Both directions are done: to close says the same as to end first, with one call of the system less.
    if (closes && to.readableEnded && to.writableLength === 0) to.destroy();
    else to.end();
  };
  const stop = (): void => {
    from.off('data', onData).off('end', onEnd).pause();
    to.off('drain', onDrain).off('close', stop);
  };
  // Nothing can be written any more. Who ends the source is the relay's decision.
  if (to.destroyed) return { stop };
  to.on('drain', onDrain).once('close', stop);
  from.on('data', onData);
  if (from.readableEnded) onEnd();
  else from.once('end', onEnd);
  from.resume();
  return { stop };
}

/** Not a part of something larger that others may still use. */
function ownsItsMemory({ byteLength, buffer }: Buffer): boolean {
  return byteLength === buffer.byteLength;
}
