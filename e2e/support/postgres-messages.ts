// The few messages of PostgreSQL's protocol that a scenario writes by hand.

import type { Socket } from 'node:net';

/** StartupMessage of protocol 3.0. */
export function startupMessage(user: string, database = 'postgres'): Buffer {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + parameters.length);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, parameters]);
}

/** Query: one statement of the simple protocol. */
export function queryMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Reads until the server waits for a query; rejects when it closes instead. The socket is left paused. */
export async function readUntilReady(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.subarray(-readyForQuery.length).equals(readyForQuery)) resolve();
  };
  const onClose = (): void =>
    reject(new Error(`the connection ended after: ${JSON.stringify(seen.toString('latin1'))}`));
  socket.on('data', onData).once('end', onClose).once('close', onClose).once('error', reject);
  try {
    await promise;
  } finally {
    socket.off('data', onData).off('end', onClose).off('close', onClose).off('error', reject).pause();
  }
}
