// Tests how a relay ends and how it breaks, with plain TCP connections on both sides.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { readExactly } from '../read-exactly.ts';
import { type BreakHow, Relay } from './relay.ts';

const never = new AbortController().signal;

/** Both ends of one TCP connection. */
async function connection(stack: DisposableStack): Promise<readonly [Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [near, far]) {
    socket.on('error', () => {});
    stack.defer(() => socket.destroy());
  }
  return [near, far];
}

interface Setting {
  readonly client: Socket;
  readonly database: Socket;
  readonly relay: Relay;
}

/** A relay between `client` and `database`, over which a byte has gone each way. */
async function startRelay(stack: DisposableStack): Promise<Setting> {
  const [client, clientSide] = await connection(stack);
  const [database, databaseSide] = await connection(stack);
  const reset = (): void => void clientSide.resetAndDestroy();
  const relay = new Relay({ client: clientSide, backend: databaseSide, reset });
  client.write('q');
  await readExactly(database, 1, never);
  database.write('a');
  await readExactly(client, 1, never);
  return { client, database, relay };
}

async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

async function broken(stack: DisposableStack, how: BreakHow): Promise<Setting> {
  const setting = await startRelay(stack);
  setting.relay.break(how);
  return setting;
}

test('Relay turns the end of one side into the end of the other, and still answers', async () => {
  using stack = new DisposableStack();
  const { client, database } = await startRelay(stack);
  client.end('last question');
  assert.equal(await readToEnd(database), 'last question');
  database.end('last answer');
  assert.equal(await readToEnd(client), 'last answer');
});

test('Relay.break reset resets the client’s connection and lets PostgreSQL go', async () => {
  using stack = new DisposableStack();
  const { client, database } = await broken(stack, 'reset');
  await assert.rejects(readToEnd(client), { code: 'ECONNRESET' });
  await readToEnd(database).catch(() => {});
});

test('Relay.break close ends both sides', async () => {
  using stack = new DisposableStack();
  const { client, database } = await broken(stack, 'close');
  assert.equal(await readToEnd(client), '');
  await readToEnd(database).catch(() => {});
});

test('Relay.break half-close ends the client’s side only: PostgreSQL still gets what the client sends', async () => {
  using stack = new DisposableStack();
  const { client, database } = await broken(stack, 'half-close');
  database.write('unheard');
  assert.equal(await readToEnd(client), '');
  client.end('late');
  assert.equal(await readToEnd(database), 'late');
});

test('Relay.break stall passes nothing on until the client ends', async () => {
  using stack = new DisposableStack();
  const { client, database } = await broken(stack, 'stall');
  const heard: Buffer[] = [];
  database.on('data', (bytes) => heard.push(bytes));
  const gone = once(database, 'close');
  database.write('unheard');
  client.end('unsent');
  assert.equal(await readToEnd(client), '');
  database.end();
  await gone;
  assert.deepEqual(heard, []);
});
