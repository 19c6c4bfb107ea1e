// Load: requests and replies of 64 bytes, one under way at a time on each connection.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeOrder } from '../sink/order.ts';
import { open, type Target } from './target.ts';

export interface RoundTripLoad {
  readonly connections: number;
  readonly durationMs: number;
}

export interface Timings {
  /** Of every round, in milliseconds. */
  readonly tookMs: readonly number[];
  readonly seconds: number;
}

const request = Buffer.alloc(64, 'r');

export async function roundTrips(target: Target, { connections, durationMs }: RoundTripLoad): Promise<Timings> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => openEcho(target)));
  const beganMs = performance.now();
  try {
    const tookMs = (await Promise.all(sockets.map((socket) => rounds(socket, beganMs + durationMs)))).flat();
    return { tookMs, seconds: (performance.now() - beganMs) / 1000 };
  } finally {
    for (const socket of sockets) socket.on('error', () => undefined).destroy();
  }
}

/** A connection whose other end sends back what it gets: its first byte has come. */
export async function openEcho(target: Target): Promise<Socket> {
  const socket = await open(target);
  socket.write(encodeOrder({ verb: 'echo', bytes: 0 }));
  await once(socket, 'data');
  return socket;
}

async function rounds(socket: Socket, untilMs: number): Promise<readonly number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
  const tookMs: number[] = [];
  let received = 0;
  let sentMs = performance.now();
  socket.once('error', reject).once('close', () => reject(new Error('the connection ended between two rounds')));
  socket.on('data', (data: Buffer) => {
    received += data.length;
    if (received < request.length) return;
    received = 0;
    const nowMs = performance.now();
    tookMs.push(nowMs - sentMs);
    sentMs = nowMs;
    if (nowMs >= untilMs) resolve(tookMs);
    else socket.write(request);
  });
  socket.write(request);
  return promise;
}
