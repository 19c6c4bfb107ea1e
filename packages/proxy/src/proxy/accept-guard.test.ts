// A listener whose system cannot accept: errors as Node reports them, on a real server.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import type { Logger } from '../observability/logger.ts';
import { AcceptGuard } from './accept-guard.ts';
import { listen } from './listen.ts';

const ignore = (): void => undefined;

interface Guarded extends AsyncDisposable {
  readonly server: Server;
  readonly guard: AcceptGuard;
  readonly lines: readonly string[];
}

async function guarded(lack?: () => Error | undefined): Promise<Guarded> {
  const server = createServer((client) => client.on('error', () => undefined).pipe(client));
  const listenAt = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  await listen(server, listenAt);
  const lines: string[] = [];
  const error: Logger['error'] = (text, fields) => lines.push(`${text} | ${fields?.hint ?? 'no hint'}`);
  const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error };
  const guard = new AcceptGuard({ server, listenAt, instance: 'p.r.c.i', logger, lack });
  return {
    server,
    guard,
    lines,
    async [Symbol.asyncDispose]() {
      guard.close();
      if (server.listening) server.close();
    },
  };
}

function outOfDescriptors(): Error {
  return Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' });
}

test('AcceptGuard goes on listening after one error, and says what to do', async () => {
  await using it = await guarded();
  it.server.emit('error', outOfDescriptors());
  assert.ok(it.server.listening);
  assert.match(it.lines[0] ?? '', /^\[p\.r\.c\.i\] cannot accept a connection: accept EMFILE \| .*ulimit -n/);
});

test('AcceptGuard stops listening for a moment when errors come one upon the other', async () => {
  await using it = await guarded();
  const port = portOf(it.server);
  const client = connect(port, '127.0.0.1');
  await once(it.server, 'connection');
  for (let count = 0; count < 100; count += 1) it.server.emit('error', outOfDescriptors());
  assert.ok(!it.server.listening, 'nothing is watched that could spin');
  client.write('still there');
  const [reply] = (await once(client, 'data')) as [Buffer];
  assert.equal(reply.toString(), 'still there', 'the session goes on');
  if (!it.server.listening) await once(it.server, 'listening');
  assert.equal(portOf(it.server), port, 'the port is the one that clients know');
  assert.equal(it.lines.length, 1, 'one line for all of them');
  client.destroy();
});

test('AcceptGuard stops listening when a client took one of the last descriptors, if nobody else would tell', async () => {
  const answers = [undefined, outOfDescriptors()];
  await using it = await guarded(() => answers.shift());
  const port = portOf(it.server);
  const clients = [connect(port, '127.0.0.1')];
  await once(it.server, 'connection');
  assert.ok(it.server.listening);
  clients.push(connect(port, '127.0.0.1'));
  await once(it.server, 'connection');
  assert.ok(!it.server.listening);
  await once(it.server, 'listening');
  assert.equal(portOf(it.server), port);
  for (const client of clients) client.destroy();
});

test('AcceptGuard tries again when the listener cannot be opened yet', async () => {
  await using it = await guarded();
  const port = portOf(it.server);
  for (let count = 0; count < 2; count += 1) it.server.emit('error', outOfDescriptors());
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await once(it.server, 'error');
  other.close();
  await once(it.server, 'listening');
  assert.equal(portOf(it.server), port);
});

test('AcceptGuard leaves a listener alone that is being closed for good', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using it = await guarded();
  for (let count = 0; count < 2; count += 1) it.server.emit('error', outOfDescriptors());
  it.guard.close();
  t.mock.timers.tick(10_000);
  assert.ok(!it.server.listening);
});
