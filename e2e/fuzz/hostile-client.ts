// Clients that send anything: noise, almost PostgreSQL, in any pieces, and leave in any way.

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryMessage, startupMessage } from '../support/postgres-messages.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { iamUser } from '../support/setting.ts';

const longestNoise = 4000;
const floodSize = 30;
// How long a client that was not sent away stays.
const longestStayMs = 300;

export const sslRequest = Buffer.of(0, 0, 0, 8, 4, 210, 22, 47);
const gssRequest = Buffer.of(0, 0, 0, 8, 4, 210, 22, 48);
const cancelRequest = Buffer.of(0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2);

/** One client, or a flood of short ones. Resolves when they are gone. */
export async function hostileClient(port: number, random: SeededRandom): Promise<void> {
  if (random.chance(0.05)) {
    const flood = Array.from({ length: floodSize }, () => open(port));
    for (const socket of flood) leave(socket, random);
    await Promise.all(flood.map(gone));
    return;
  }
  const socket = open(port);
  const left = gone(socket);
  for (const piece of pieces(greeting(random), random)) {
    if (socket.destroyed) break;
    socket.write(piece);
    if (random.chance(0.2)) await sleep(random.below(10));
  }
  if (random.chance(0.5)) await stay(left, random);
  leave(socket, random);
  await left;
}

export function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  // Being sent away, politely or not, is what such a client has to expect.
  return socket.on('error', () => undefined).resume();
}

/** What is sent, from pure noise to a message with one wrong bit. */
export function greeting(random: SeededRandom): Buffer {
  const valid = Buffer.concat([startupMessage(iamUser), queryMessage('select 1')]);
  const make = random.pick([
    () => random.bytes(random.below(longestNoise)),
    () => flipped(valid, random),
    () => flipped(cancelRequest, random),
    () => Buffer.concat([random.pick([sslRequest, gssRequest]), random.bytes(random.below(200))]),
    () => Buffer.concat([random.pick([sslRequest, gssRequest]), flipped(valid, random)]),
    () => Buffer.concat(Array.from({ length: random.below(2000) }, () => sslRequest)),
    () => withLength(valid, random.pick([0, 1, 7, 8, 10_000, 10_001, 0x7f_ff_ff_ff, 0xff_ff_ff_ff])),
    () => valid.subarray(0, random.below(valid.length)),
    () => Buffer.concat([valid, random.bytes(random.below(longestNoise))]),
    () => valid,
  ]);
  return make();
}

export function flipped(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  for (let flips = random.between(1, 4); flips > 0; flips -= 1) copy[random.below(copy.length)] = random.below(256);
  return copy;
}

function withLength(message: Buffer, length: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt32BE(length);
  return copy;
}

export function* pieces(bytes: Buffer, random: SeededRandom): Generator<Buffer> {
  const longest = random.pick([1, 8, 100, bytes.length + 1]);
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.between(1, longest);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Waits to be sent away, for as long as such a client stays. */
export async function stay(left: Promise<void>, random: SeededRandom): Promise<void> {
  await Promise.race([left, sleep(random.below(longestStayMs))]);
}

export function leave(socket: Socket, random: SeededRandom): void {
  const go = random.pick([
    () => socket.resetAndDestroy(),
    () => socket.destroy(),
    () => {
      socket.end();
      setTimeout(() => socket.destroy(), random.below(longestStayMs));
    },
  ]);
  go();
}

export async function gone(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}
