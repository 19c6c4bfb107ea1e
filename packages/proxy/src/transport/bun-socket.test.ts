// The stream over a connection of Bun's: nothing is lost or overtaken, however little the system takes at a time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { BunSocket, type StreamHandle } from './bun-socket.ts';

/** A system that takes so many bytes of each write, and notes what it is told. */
class System implements StreamHandle {
  readonly calls: string[] = [];
  sent = Buffer.alloc(0);
  takes = Number.POSITIVE_INFINITY;

  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.takes);
    this.sent = Buffer.concat([this.sent, taken]);
    return taken.length;
  }

  shutdown(): void {
    this.calls.push('shutdown');
  }

  close(): void {
    this.calls.push('close');
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

test('BunSocket sends at once what the system takes', () => {
  const system = new System();
  const socket = new BunSocket(system);
  assert.equal(socket.write(Buffer.from('select')), true);
  assert.equal(system.sent.toString(), 'select');
  assert.equal(socket.writableLength, 0);
  assert.equal(socket.bytesWritten, 6);
});

test('BunSocket keeps the rest in order, and ends only behind it', async () => {
  const system = new System();
  const socket = new BunSocket(system);
  system.takes = 3;
  socket.write(Buffer.from('abcdefg'));
  socket.write(Buffer.from('hij'));
  socket.end();
  const finished = once(socket, 'finish');
  for (let n = 0; n < 10 && !socket.writableFinished; n += 1) {
    assert.deepEqual(system.calls.includes('shutdown'), false, 'not before the last byte');
    socket.drained();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;
  assert.equal(system.sent.toString(), 'abcdefghij');
  assert.ok(system.calls.includes('shutdown'));
});

test('BunSocket asks to wait when the system takes nothing, and says when it goes on', async () => {
  const system = new System();
  const socket = new BunSocket(system);
  system.takes = 0;
  assert.equal(socket.write(Buffer.alloc(100_000, 'x')), false);
  const drain = once(socket, 'drain');
  system.takes = 100_000;
  socket.drained();
  await drain;
  assert.equal(system.sent.length, 100_000);
});

test('BunSocket pauses the system while nobody reads, and resumes it for the reader', () => {
  const system = new System();
  const socket = new BunSocket(system);
  socket.received(Buffer.alloc(100_000));
  assert.deepEqual(system.calls, ['pause']);
  assert.equal((socket.read() as Buffer).length, 100_000);
  assert.equal(system.calls.at(-1), 'resume');
});

test('BunSocket lets what came before be read when the system has closed it, then is destroyed', async () => {
  const socket = new BunSocket(new System());
  socket.received(Buffer.from('the last row'));
  socket.cutOff();
  assert.equal(socket.destroyed, false);
  const closed = once(socket, 'close');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'the last row');
  await closed;
});

test('BunSocket fails a write that the system has not taken when it is reset', async () => {
  const system = new System();
  const socket = new BunSocket(system);
  system.takes = 0;
  socket.write(Buffer.from('lost'));
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const failed = once(socket, 'error') as Promise<[Error]>;
  socket.cutOff(reset);
  assert.equal((await failed)[0], reset);
  assert.equal(socket.destroyed, true);
});

test('BunSocket tells an end to whoever does not read, and can still be written', async () => {
  const system = new System();
  const socket = new BunSocket(system);
  socket.ended();
  await once(socket, 'end');
  socket.write(Buffer.from('last words'));
  assert.equal(system.sent.toString(), 'last words');
  assert.equal(socket.destroyed, false);
});

test('BunSocket.destroySoon waits for what is still to be sent', async () => {
  const system = new System();
  const socket = new BunSocket(system);
  system.takes = 0;
  socket.write(Buffer.from('farewell'));
  socket.destroySoon();
  assert.equal(socket.destroyed, false);
  system.takes = 100;
  const closed = once(socket, 'close');
  socket.drained();
  await closed;
  assert.equal(system.sent.toString(), 'farewell');
  assert.equal(system.calls.at(-1), 'close');
});

test('BunSocket.setTimeout tells of silence, and takes it back', async () => {
  const socket = new BunSocket(new System());
  socket.setTimeout(5);
  const keepAlive = setTimeout(() => undefined, 10_000);
  await once(socket, 'timeout');
  clearTimeout(keepAlive);
  socket.setTimeout(0);
  assert.equal(socket.timeout, 0);
  socket.destroy();
});
