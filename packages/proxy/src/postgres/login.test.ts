import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { encodeErrorResponse } from './error-response.ts';
import { askForEncryption, logIn } from './login.ts';

/** A server that sends each reply when the next message has come; resolves with a connection to it. */
async function serverThatSays(replies: readonly Buffer[]): Promise<AsyncDisposable & { readonly socket: Socket }> {
  const left = [...replies];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const reply = left.shift();
      if (reply === undefined) socket.end();
      else socket.write(reply);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  await once(socket, 'connect');
  return {
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

const accepted = message('R', Buffer.of(0, 0, 0, 0));
const ready = message('Z', 'I');
const request = { user: 'ann', database: 'app', password: undefined };

test('logIn comes as far as a server that is ready, and tells its version', async () => {
  const version = message('S', ['server_version', '17.4', ''].join('\0'));
  await using server = await serverThatSays([Buffer.concat([accepted, version, ready])]);
  assert.deepEqual(await logIn(server.socket, request), { is: 'logged-in', serverVersion: '17.4' });
});

test('logIn without a password stops where the server asks for one', async () => {
  const mechanisms = Buffer.concat([Buffer.of(0, 0, 0, 10), Buffer.from('SCRAM-SHA-256\0\0')]);
  await using server = await serverThatSays([message('R', mechanisms)]);
  assert.deepEqual(await logIn(server.socket, request), { is: 'asked', method: 'a password by SCRAM-SHA-256' });
});

test('logIn gives a password in clear or by MD5 where it is asked to', async () => {
  for (const body of [Buffer.of(0, 0, 0, 3), Buffer.of(0, 0, 0, 5, 1, 2, 3, 4)]) {
    await using server = await serverThatSays([message('R', body), Buffer.concat([accepted, ready])]);
    const outcome = await logIn(server.socket, { ...request, password: 'secret' });
    assert.equal(outcome.is, 'logged-in');
  }
});

test('logIn tells a refusal with its SQLSTATE', async () => {
  const refusal = encodeErrorResponse({ sqlState: '28000', message: 'role "ann" does not exist' });
  await using server = await serverThatSays([refusal]);
  assert.deepEqual(await logIn(server.socket, request), {
    is: 'refused',
    sqlState: '28000',
    message: 'role "ann" does not exist',
  });
});

test('logIn fails at a server that closes, speaks another language or asks for what nobody knows', async () => {
  const cases = [
    { replies: [], reason: /closed the connection/ },
    { replies: [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], reason: /something else than PostgreSQL/ },
    { replies: [message('R', Buffer.of(0, 0, 0, 99))], reason: /authentication 99/ },
  ];
  for (const { replies, reason } of cases) {
    await using server = await serverThatSays(replies);
    await assert.rejects(logIn(server.socket, request), reason);
  }
});

test('askForEncryption gives the byte that the server answers with', async () => {
  await using server = await serverThatSays([Buffer.from('N')]);
  assert.equal(await askForEncryption(server.socket), 'N');
});
