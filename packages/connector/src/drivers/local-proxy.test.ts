import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { listen, type TcpServer } from '../../test/tcp-server.ts';
import { ConnectorError } from '../errors.ts';
import type { Dial } from './dialing-stream.ts';
import { startLocalProxy } from './local-proxy.ts';

/** A server in the place of an instance, and the dial that leads to it. */
async function instance(onConnection: (socket: Socket) => void): Promise<TcpServer & { readonly dial: Dial }> {
  const server = await listen(onConnection);
  return { ...server, dial: () => openSocket(server.port) };
}

async function openSocket(port: number): Promise<{ socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return { socket };
}

const neverDialled: Dial = () => assert.fail('nothing is dialled here');

suite('startLocalProxy', () => {
  test('startLocalProxy delivers the reply that comes after the client has finished sending', async () => {
    await using there = await instance((socket) => {
      void text(socket).then((received) => socket.end(`received ${received.length}`));
    });
    await using proxy = await startLocalProxy(there.dial);
    const client = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true });
    client.end('x'.repeat(1_000_000));
    assert.equal(await text(client), 'received 1000000');
  });

  test('startLocalProxy reads no more from the instance than a stalled client takes', async () => {
    const total = 64 * 1024 * 1024;
    await using there = await instance((socket) => socket.end(Buffer.alloc(total)));
    const dialled = Promise.withResolvers<Socket>();
    await using proxy = await startLocalProxy(async (signal) => {
      const connection = await there.dial(signal);
      dialled.resolve(connection.socket);
      return connection;
    });
    const client = connect(proxy.port, proxy.host).pause();
    const socket = await dialled.promise;
    await once(socket, 'pause');
    assert.ok(socket.bytesRead < total);
    assert.equal((await buffer(client)).length, total);
  });

  test('startLocalProxy takes a reset of one client as its end, and serves the next', async () => {
    await using there = await instance((socket) => {
      socket.on('end', () => socket.end());
      socket.resume().write('hello');
    });
    await using proxy = await startLocalProxy(there.dial);
    const client = connect(proxy.port, proxy.host);
    await once(client, 'data');
    client.resetAndDestroy();
    await there.untilOpen(0);
    const next = connect(proxy.port, proxy.host);
    await once(next, 'data');
    next.end();
    await once(next, 'close');
  });

  test('startLocalProxy tells the client in the words of PostgreSQL why there is no connection', async () => {
    await using proxy = await startLocalProxy(() =>
      Promise.reject(new ConnectorError('CONNECT_FAILED', 'Cannot connect', { hint: 'open the port' })),
    );
    const client = connect(proxy.port, proxy.host);
    client.write('startup');
    const answer = await text(client);
    assert.equal(answer.slice(5), 'SFATAL\0VFATAL\0C08001\0MCannot connect\0Hopen the port\0\0');
    assert.equal(Buffer.from(answer).readUInt32BE(1), answer.length - 1);
  });

  test('startLocalProxy ends the dial when its client goes away', async () => {
    const dialled = Promise.withResolvers<AbortSignal>();
    await using proxy = await startLocalProxy((signal) => {
      dialled.resolve(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    const client = connect(proxy.port, proxy.host);
    const signal = await dialled.promise;
    const aborted = once(signal, 'abort');
    client.resetAndDestroy();
    await aborted;
  });

  test('LocalProxy.close ends open connections and dials, and can be called twice', async () => {
    await using there = await instance((socket) => socket.resume().on('end', () => socket.end()));
    const proxy = await startLocalProxy(there.dial);
    const client = connect(proxy.port, proxy.host);
    await once(client, 'connect');
    const ended = once(client.resume(), 'close');
    await Promise.all([proxy.close(), proxy.close(), ended]);
    await assert.rejects(once(connect(proxy.port, proxy.host), 'connect'), { code: 'ECONNREFUSED' });
  });

  test('startLocalProxy says that a port is taken', async () => {
    await using proxy = await startLocalProxy(neverDialled);
    await assert.rejects(startLocalProxy(neverDialled, { port: proxy.port }), {
      code: 'LISTEN_FAILED',
      message: `Cannot listen on 127.0.0.1:${proxy.port}: address in use`,
    });
  });
});

suite('startLocalProxy with a path', { skip: process.platform === 'win32' && 'unix sockets only' }, () => {
  test('startLocalProxy makes a unix socket of mode 0600 and removes it at the end', async () => {
    using scratch = scratchFolder();
    await using there = await instance((socket) => socket.end('hello'));
    const path = join(scratch.path, '.s.PGSQL.6432');
    const proxy = await startLocalProxy(there.dial, { path });
    assert.deepEqual([proxy.host, proxy.port, proxy.path], [scratch.path, 6432, path]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await text(connect({ path })), 'hello');
    await proxy.close();
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  test('startLocalProxy replaces neither a socket that somebody listens on nor any other file', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'db');
    await using proxy = await startLocalProxy(neverDialled, { path });
    await assert.rejects(startLocalProxy(neverDialled, { path }), {
      code: 'LISTEN_FAILED',
      message: /another process listens there/,
    });
    const file = scratch.write('notes', 'keep me');
    await assert.rejects(startLocalProxy(neverDialled, { path: file }), { message: /a file that is no socket/ });
    assert.ok(proxy.path !== undefined);
  });

  test('startLocalProxy replaces the socket that a killed process left behind', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'db');
    const leave = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', leave]), 'exit');
    assert.ok((await stat(path)).isSocket());
    await using there = await instance((socket) => socket.end('hello'));
    await using proxy = await startLocalProxy(there.dial, { path });
    assert.equal(await text(connect({ path: proxy.path ?? '' })), 'hello');
  });

  test('startLocalProxy leaves nothing behind when it cannot listen', async () => {
    using scratch = scratchFolder();
    const missing = join(scratch.path, 'missing', 'db');
    await assert.rejects(startLocalProxy(neverDialled, { path: missing }), {
      code: 'LISTEN_FAILED',
      message: `Cannot listen on ${missing}: no such file or directory`,
    });
    assert.deepEqual(await readdir(scratch.path), []);
  });
});
