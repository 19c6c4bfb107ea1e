// Carries out the order of one connection: sends bytes, takes bytes, or sends back what it gets.

import type { TLSSocket } from 'node:tls';
import { decodeOrder, orderLength } from './order.ts';
import { readExactly } from './read-exactly.ts';

// Sixteen records of TLS at a time: the sink is not what is measured, so it spends little on each.
const chunk = Buffer.alloc(256 * 1024, 'alloydb ');
const done = Buffer.of(1);

export async function serve(socket: TLSSocket): Promise<void> {
  const first = await readExactly(socket, orderLength);
  if (first === undefined) return;
  const { verb, bytes } = decodeOrder(first);
  if (verb === 'give') give(socket, bytes);
  else if (verb === 'take') take(socket, bytes);
  else {
    socket.write(done);
    socket.on('data', (data: Buffer) => {
      if (!socket.write(data)) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
    });
  }
  socket.on('end', () => socket.end()).resume();
}

function give(socket: TLSSocket, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const part = left < chunk.length ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      if (!socket.write(part)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}

function take(socket: TLSSocket, bytes: number): void {
  let left = bytes;
  socket.on('data', (data: Buffer) => {
    left -= data.length;
    if (left === 0) socket.write(done);
  });
}
