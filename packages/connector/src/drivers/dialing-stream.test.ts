import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { listen } from '../../test/tcp-server.ts';
import { type Dial, DialingStream } from './dialing-stream.ts';

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
});
