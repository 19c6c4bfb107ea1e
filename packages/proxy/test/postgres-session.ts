// A server that speaks as much PostgreSQL as is needed to look idle or busy, and what its clients send.

import type { Socket } from 'node:net';
import { startupMessage } from './first-messages.ts';

export const startup = startupMessage('app');

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, Buffer.from(body, 'latin1')]);
}

export const ready = message('Z', 'I');
const readyInTransaction = message('Z', 'T');

export function query(text: string): Buffer {
  return message('Q', `${text}\0`);
}

/** Logs everybody in and answers each query at once, but `wait` never; between `begin` and `commit` a transaction is open. */
export function servePostgres(socket: Socket): void {
  let open = false;
  socket.on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => {
    const text = chunk.toString('latin1');
    if (text.includes('wait')) return;
    if (text.includes('begin')) open = true;
    if (text.includes('commit')) open = false;
    socket.write(Buffer.concat([message('C', 'OK\0'), open ? readyInTransaction : ready]));
  });
}
