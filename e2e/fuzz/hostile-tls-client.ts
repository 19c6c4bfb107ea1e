// Clients that mean ill with the TLS of a listener: before the handshake, within it, and behind it.

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { SeededRandom } from '../support/seeded-random.ts';
import { gone, greeting, leave, open, pieces, sslRequest, stay } from './hostile-client.ts';

/** Where to reach the listener: over a wire that damages bytes, or as it is. */
export interface TlsPorts {
  readonly damaged: number;
  readonly plain: number;
}

// Damaged bytes can make both sides wait for each other; the listener's own limit is longer than such a client's patience.
const patienceMs = 300;

/** One client. Resolves when it is gone. */
export async function hostileTlsClient({ damaged, plain }: TlsPorts, random: SeededRandom): Promise<void> {
  const socket = open(random.chance(0.5) ? damaged : plain);
  const left = gone(socket);
  const direct = random.chance(0.3);
  if (!direct) {
    socket.write(sslRequest);
    await Promise.race([left, new Promise((resolve) => socket.once('data', resolve)), sleep(patienceMs)]);
  }
  if (random.chance(0.4)) {
    send(socket, pieces(direct ? record(random) : greeting(random), random));
    await stay(left, random);
    leave(socket, random);
  } else {
    const secured = await handshake(socket, left, random);
    send(secured, pieces(greeting(random), random));
    await stay(left, random);
    if (random.chance(0.5)) secured.end();
    else secured.destroy();
    // The TLS socket has taken over the connection, so this one must be ended whether or not that one ends it.
    socket.destroy();
  }
  await left;
}

/** A real handshake, whatever comes of it. */
async function handshake(socket: Socket, left: Promise<void>, random: SeededRandom): Promise<Socket> {
  const secured = connect({
    socket,
    rejectUnauthorized: false,
    ALPNProtocols: random.chance(0.7) ? ['postgresql'] : ['h2', 'http/1.1'],
    maxVersion: random.chance(0.8) ? 'TLSv1.3' : 'TLSv1.2',
  });
  secured.on('error', () => undefined).resume();
  const settled = new Promise((resolve) => secured.once('secureConnect', resolve).once('close', resolve));
  await Promise.race([left, settled, sleep(patienceMs)]);
  return secured;
}

function send(socket: Socket, bytes: Iterable<Buffer>): void {
  for (const piece of bytes) if (!socket.destroyed) socket.write(piece);
}

/** Noise in the shape of a TLS record of any type. */
function record(random: SeededRandom): Buffer {
  const body = random.bytes(random.below(2000));
  const head = Buffer.of(random.pick([20, 21, 22, 23, 24]), 3, random.pick([1, 3, 4]), 0, 0);
  head.writeUInt16BE(random.chance(0.7) ? body.length : random.below(65_536), 3);
  return Buffer.concat([head, body]);
}
