// One checksummed transfer in both directions, seen from its client and from its server.

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SeededRandom } from '../support/seeded-random.ts';

export interface TransferPlan {
  readonly id: number;
  readonly upBytes: number;
  readonly downBytes: number;
  readonly seed: number;
}

/** SHA-256 of what was sent and of what arrived. */
export interface Sums {
  readonly sent: string;
  readonly received: string;
}

// A StartupMessage as far as the proxy looks at it: a client that has sent one and more may stop sending before it is served.
const startupVersion = 3 << 16;
const headerLength = 20;
const longestChunk = 256 * 1024;
// Random bytes are cut from one block: making a gigabyte of them would be all that the test does.
const block = new SeededRandom(1).bytes(1024 * 1024);
const source = Buffer.concat([block, block.subarray(0, longestChunk)]);

/** Sends the plan and its bytes, stops sending, and reads to the end, whichever of the two sides is done first. */
export async function transferAsClient(port: number, plan: TransferPlan): Promise<Sums> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const header = Buffer.alloc(headerLength);
  for (const [index, value] of [headerLength, startupVersion, plan.id, plan.downBytes, plan.seed].entries()) {
    header.writeUInt32BE(value, index * 4);
  }
  socket.write(header);
  try {
    const [sent, received] = await Promise.all([
      sendBytes(socket, plan.upBytes, new SeededRandom(plan.seed)),
      sumOf(socket),
    ]);
    return { sent, received };
  } finally {
    socket.destroy();
  }
}

/** Reads a plan and does the server's half of it. */
export async function transferAsServer(socket: TLSSocket): Promise<{ readonly id: number; readonly sums: Sums }> {
  const header = await readHeader(socket);
  const [id, downBytes, seed] = [header.readUInt32BE(8), header.readUInt32BE(12), header.readUInt32BE(16)];
  const [sent, received] = await Promise.all([
    // Another series than the client's, so that no direction can be mistaken for the other.
    sendBytes(socket, downBytes, new SeededRandom(seed + 1)),
    sumOf(socket),
  ]);
  return { id, sums: { sent, received } };
}

async function sendBytes(socket: Socket, length: number, random: SeededRandom): Promise<string> {
  const hash = createHash('sha256');
  for (let left = length; left > 0; ) {
    // Small and large chunks in equal parts: from single bytes to more than a TLS record and a socket buffer hold.
    const size = Math.min(left, random.between(1, random.pick([16, 1460, 16_384, longestChunk])));
    const start = random.below(block.length);
    const chunk = source.subarray(start, start + size);
    hash.update(chunk);
    left -= size;
    if (!socket.write(chunk)) await told(socket, 'drain');
  }
  // Whoever destroys it next must not take back what the system has not got yet.
  const finished = told(socket, 'finish');
  socket.end();
  await finished;
  return hash.digest('hex');
}

async function told(socket: Socket, event: 'drain' | 'finish'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => reject(new Error('the connection closed before everything was sent'));
  socket.once(event, resolve).once('close', onClose);
  try {
    await promise;
  } finally {
    socket.off(event, resolve).off('close', onClose);
  }
}

async function sumOf(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket
    .on('data', (chunk: Buffer) => hash.update(chunk))
    .once('end', resolve)
    .once('error', reject);
  socket.once('close', () => reject(new Error('the connection closed before its end')));
  socket.resume();
  await promise;
  return hash.digest('hex');
}

async function readHeader(socket: Socket): Promise<Buffer> {
  for (;;) {
    const header = socket.read(headerLength) as Buffer | null;
    if (header !== null) return header;
    await new Promise((resolve) => socket.once('readable', resolve));
  }
}
