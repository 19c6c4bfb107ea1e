// Distance without the kernel's help: a wire in front of the sink on which everything takes its time.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DelayedOptions {
  readonly roundTripMs: number;
  /** Port of the sink itself, on 127.0.0.1. */
  readonly port: number;
}

/**
 * Every byte is held for half a round trip, each way. The handshake of TCP cannot be held, so the first bytes pay for it: a
 * whole round trip more.
 */
export function createDelayedServer({ roundTripMs, port }: DelayedOptions): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    carry(near, far, { halfMs: roundTripMs / 2, firstMs: roundTripMs });
    carry(far, near, { halfMs: roundTripMs / 2, firstMs: 0 });
  });
}

interface Delay {
  readonly halfMs: number;
  /** More, for the first bytes. */
  readonly firstMs: number;
}

function carry(from: Socket, to: Socket, { halfMs, firstMs }: Delay): void {
  // One after the other, so that nothing overtakes.
  let before = Promise.resolve();
  let extraMs = firstMs;
  const later = (work: () => unknown): void => {
    const held = sleep(halfMs + extraMs);
    extraMs = 0;
    before = before.then(() => held).then(() => void work());
  };
  from.on('data', (chunk: Buffer) => later(() => to.write(chunk)));
  from.once('end', () => later(() => to.end()));
  from.once('close', () => later(() => to.destroySoon()));
  from.on('error', () => undefined);
}
