// Load: many bytes one way over some connections at once.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeOrder } from '../sink/order.ts';
import { open, type Target } from './target.ts';

export type Direction = 'down' | 'up';

export interface BulkLoad {
  readonly direction: Direction;
  readonly connections: number;
  /** Over all connections together. */
  readonly bytes: number;
}

const chunk = Buffer.alloc(256 * 1024, 'client ');

/** Seconds from the first order until the last byte has arrived. */
export async function bulk(target: Target, { direction, connections, bytes }: BulkLoad): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  const share = Math.ceil(bytes / connections);
  const beganMs = performance.now();
  try {
    await Promise.all(sockets.map((socket) => (direction === 'down' ? take(socket, share) : give(socket, share))));
    return (performance.now() - beganMs) / 1000;
  } finally {
    for (const socket of sockets) socket.on('error', () => undefined).destroy();
  }
}

async function take(socket: Socket, bytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = bytes;
  socket.once('error', reject).once('close', () => reject(new Error('the connection ended before its last byte')));
  socket.on('data', (data: Buffer) => {
    left -= data.length;
    if (left <= 0) resolve();
  });
  socket.write(encodeOrder({ verb: 'give', bytes }));
  await promise;
}

async function give(socket: Socket, bytes: number): Promise<void> {
  const confirmed = once(socket, 'data');
  socket.write(encodeOrder({ verb: 'take', bytes }));
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk))
      await Promise.race([once(socket, 'drain'), confirmed]);
  }
  await confirmed;
}
