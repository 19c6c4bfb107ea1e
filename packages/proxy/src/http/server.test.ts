// The HTTP server with real connections: what it answers, what it survives, how it closes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { get, httpRequest } from '../../test/http-request.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { portOf } from '../../test/socket-pair.ts';
import { StartError } from '../proxy/start-error.ts';
import type { Route } from './route.ts';
import { HttpServer, type HttpServerOptions } from './server.ts';

const flags = { address: '--http-address', port: '--http-port' };
const hello: Route = { path: '/hello', methods: ['GET', 'HEAD'], answer: () => ({ status: 200, text: 'hällo' }) };

/** A server on a free port, the port, and its log. */
async function startServer(options: Partial<HttpServerOptions> = {}) {
  const log = recordLog();
  const server = new HttpServer({ host: '127.0.0.1', port: 0, flags, routes: [hello], logger: log.logger, ...options });
  const address = await server.start();
  return {
    server,
    address,
    port: Number(address.split(':').at(-1)),
    log,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Everything that comes back for raw bytes, until the server hangs up. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return received;
}

test('HttpServer answers a route, whatever the query, in plain text that nobody caches', async () => {
  await using it = await startServer();
  const { status, text, headers } = await get(it.port, '/hello?verbose=1');
  assert.deepEqual([status, text], [200, 'hällo']);
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-store');
});

test('HttpServer answers HEAD like GET, without the text', async () => {
  await using it = await startServer();
  const { status, text, headers } = await httpRequest({ port: it.port, path: '/hello', method: 'HEAD' });
  assert.deepEqual([status, text, headers['content-length']], [200, '', '6']);
});

test('HttpServer answers 405 with what is allowed, and 404 for what is not there', async () => {
  await using it = await startServer();
  const posted = await httpRequest({ port: it.port, path: '/hello', method: 'POST' });
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD']);
  for (const path of ['/', '/hello/', '/HELLO', '/constructor']) assert.equal((await get(it.port, path)).status, 404);
});

test('HttpServer answers 500 for a route that fails, logs why, and goes on', async () => {
  const bad: Route = { path: '/bad', methods: ['GET'], answer: () => Promise.reject(new Error('no such thing')) };
  await using it = await startServer({ routes: [bad, hello] });
  assert.equal((await get(it.port, '/bad')).status, 500);
  assert.deepEqual(it.log.lines, ['/bad failed: no such thing']);
  assert.equal((await get(it.port, '/hello')).status, 200);
});

test('HttpServer survives malformed requests', async () => {
  await using it = await startServer();
  for (const bytes of ['\0\x01\x02\r\n\r\n', 'GET\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`]) {
    assert.match(await sendRaw(it.port, bytes), /^HTTP\/1\.1 4\d\d /);
  }
  assert.equal(await sendRaw(it.port, 'CONNECT other:80 HTTP/1.1\r\nHost: x\r\n\r\n'), '');
  assert.equal((await get(it.port, '/hello')).status, 200);
});

test('HttpServer survives clients that leave before the answer', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const slow: Route = {
    path: '/slow',
    methods: ['GET'],
    answer: async () => {
      asked.resolve();
      await answer.promise;
      return { status: 200, text: 'late' };
    },
  };
  await using it = await startServer({ routes: [slow, hello] });
  const socket = connect({ port: it.port, host: '127.0.0.1' });
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;
  socket.resetAndDestroy();
  await once(socket, 'close');
  answer.resolve();
  assert.equal((await get(it.port, '/hello')).status, 200);
});

test('HttpServer.close is not held up by kept-alive, silent or half-sent connections', async (t) => {
  await using it = await startServer();
  const agent = new Agent({ keepAlive: true });
  const kept = request({ port: it.port, host: '127.0.0.1', path: '/hello', agent }).end();
  const [response] = await once(kept, 'response');
  response.resume();
  const silent = connect({ port: it.port, host: '127.0.0.1' });
  const half = connect({ port: it.port, host: '127.0.0.1' });
  half.write('GET /hello HT');
  const ends = [silent, half].map(async (socket) => {
    socket.on('error', () => undefined);
    await once(socket, 'close');
  });
  await Promise.all([once(silent, 'connect'), once(half, 'connect'), once(response, 'end')]);
  // A later request shows that the server has seen the connections before it.
  await get(it.port, '/hello');
  // The grace that answers have never ends.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await it.server.close();
  await Promise.all(ends);
  agent.destroy();
});

test('HttpServer.close lets an answer that is under way go out, and may be called again', async () => {
  const asked = Promise.withResolvers<void>();
  const untilClosing: Route = {
    path: '/wait',
    methods: ['GET'],
    answer: async (_request, closing) => {
      asked.resolve();
      await once(closing, 'abort');
      return { status: 503, text: 'closing' };
    },
  };
  await using it = await startServer({ routes: [untilClosing] });
  const reply = get(it.port, '/wait');
  await asked.promise;
  await Promise.all([it.server.close(), it.server.close()]);
  assert.deepEqual({ ...(await reply), headers: {} }, { status: 503, text: 'closing', headers: {} });
  await assert.rejects(get(it.port, '/wait'), { code: 'ECONNREFUSED' });
});

test('HttpServer listens on both loopback addresses for localhost', async (t) => {
  await using it = await startServer({ host: 'localhost' });
  assert.match(it.address, /^localhost:\d+$/);
  assert.equal((await get(it.port, '/hello')).status, 200);
  if (it.log.lines.length > 0) return t.skip(it.log.lines.join());
  assert.equal((await httpRequest({ host: '::1', port: it.port, path: '/hello' })).status, 200);
});

test('HttpServer names who holds its port, and the flag that chooses another', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const port = portOf(holder);
  try {
    await assert.rejects(startServer({ port }), (error) => {
      assert.ok(error instanceof StartError);
      assert.equal(error.message, `cannot listen on 127.0.0.1:${port}: address in use`);
      assert.match(error.hint ?? '', new RegExp(` holds it; try --http-port ${port + 1}$`));
      return true;
    });
  } finally {
    holder.close();
  }
});

test('HttpServer names the flag of an address that this machine does not have', async () => {
  await assert.rejects(startServer({ host: '192.0.2.1' }), {
    name: 'StartError',
    hint: 'use --http-address with an address of this machine, such as 127.0.0.1',
  });
});
