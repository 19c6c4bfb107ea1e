import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { Client } from 'pg';
import { settle } from '../../test/manual-clock.ts';
import { listen } from '../../test/tcp-server.ts';
import { type Dial, DialingStream } from './dialing-stream.ts';
import { pgStream } from './pg.ts';

/** Half-open capable, as the sockets of the dialer are. */
function dialTo(port: number): Dial {
  return async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return { socket };
  };
}

suite('DialingStream', () => {
  test('DialingStream keeps what is written until the connection stands', async () => {
    await using server = await listen((socket) => socket.pipe(socket));
    const stream = new DialingStream(dialTo(server.port)).connect();
    stream.write('first ');
    await once(stream, 'connect');
    stream.end('second');
    assert.equal(await text(stream), 'first second');
    await server.untilOpen(0);
  });

  test('DialingStream closes both ways when the server ends, so that no connection is left behind', async () => {
    await using server = await listen((socket) => socket.resume().end('terminated'));
    const stream = new DialingStream(dialTo(server.port)).connect();
    const closed = once(stream, 'close');
    assert.equal(await text(stream), 'terminated');
    assert.deepEqual(await closed, [false]);
    assert.equal(stream.readyState, 'closed');
    await server.untilOpen(0);
  });

  test('DialingStream closes without an end when the connection is reset', async () => {
    await using server = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const stream = new DialingStream(dialTo(server.port)).connect();
    stream.resume().write('hello');
    await assert.rejects(once(stream, 'end'), { code: 'ECONNRESET' });
  });

  test('DialingStream says with its close that an error came before it, as sockets do', async () => {
    const failure = new Error('no route');
    const stream = new DialingStream(() => Promise.reject(failure)).connect();
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    const hadError = await new Promise((resolve) => stream.once('close', resolve));
    assert.deepEqual([errors, hadError], [[failure], true]);
  });

  test('DialingStream gives up the dial when it is ended or destroyed before', async () => {
    for (const giveUp of ['end', 'destroy'] as const) {
      let aborted: AbortSignal | undefined;
      const stream = new DialingStream((signal) => {
        aborted = signal;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      }).connect();
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.write('startup');
      stream[giveUp]();
      await closed;
      assert.ok(aborted?.aborted, giveUp);
    }
  });

  test('DialingStream closes a connection that comes when nobody wants it any more', async () => {
    await using server = await listen((socket) => socket.on('end', () => socket.end()).resume());
    const dialled = Promise.withResolvers<Socket>();
    const stream = new DialingStream(async (signal) => {
      const connection = await dialTo(server.port)(signal);
      dialled.resolve(connection.socket);
      return connection;
    }).connect();
    stream.destroy();
    await once(await dialled.promise, 'close');
  });

  test('DialingStream keeps bytes in order through backpressure, both ways', async () => {
    await using server = await listen((socket) => socket.pipe(socket));
    const stream = new DialingStream(dialTo(server.port)).connect();
    const sent = randomBytes(4 * 1024 * 1024);
    stream.write(sent.subarray(0, 100_000));
    await once(stream, 'connect');
    stream.end(sent.subarray(100_000));
    assert.ok((await buffer(stream)).equals(sent));
  });

  test('DialingStream holds and lets go of the process as its driver says, before and after the connection', async () => {
    await using server = await listen((socket) => socket.on('end', () => socket.end()).resume());
    const dialled = Promise.withResolvers<Socket>();
    const stream = new DialingStream(async (signal) => {
      const connection = await dialTo(server.port)(signal);
      dialled.resolve(connection.socket);
      return connection;
    });
    assert.equal(stream.unref().connect(), stream);
    const socket = await dialled.promise;
    await server.untilOpen(1);
    await settle();
    // Others may be about to close, so what counts is the difference that each call makes at once.
    const others = keptSockets();
    stream.ref();
    assert.equal(keptSockets() - others, 1, 'it had let go');
    stream.unref();
    assert.equal(keptSockets() - others, 0);
    stream.destroy();
    await once(socket, 'close');
  });

  test('DialingStream lets pg reject a query in the middle of which the server ends', async () => {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      await using server = await listen((socket) => {
        socket.once('data', () => {
          socket.write(Buffer.concat([authenticationOk, readyForQuery]));
          socket.once('data', () => socket[leave]());
        });
      });
      const client = new Client({ ...pgStream(dialTo(server.port)), user: 'app', database: 'app' });
      client.on('error', () => undefined);
      await client.connect();
      await assert.rejects(client.query('select 1'), /terminated unexpectedly|ECONNRESET/);
      await assert.rejects(client.query('select 2'), /not queryable|closed|terminated/);
      await server.untilOpen(0);
    }
  });

  test('DialingStream lets pg give up a dial with its own time limit', async () => {
    let dialling: AbortSignal | undefined;
    const dial: Dial = (signal) => {
      dialling = signal;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    };
    const client = new Client({ ...pgStream(dial), connectionTimeoutMillis: 50 });
    client.on('error', () => undefined);
    await assert.rejects(client.connect(), /timeout/);
    assert.equal(dialling?.aborted, true);
  });
});

const authenticationOk = Buffer.of(0x52, 0, 0, 0, 8, 0, 0, 0, 0);
const readyForQuery = Buffer.of(0x5a, 0, 0, 0, 5, 0x49);

/** Sockets that keep this process alive. */
function keptSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
