// Real ports that are taken, and where the listener ends up instead.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import { listenOnNextPort } from './listen-next.ts';
import { StartError } from './start-error.ts';

const host = '127.0.0.1';

/** Servers that are closed at the end of the test. */
function servers() {
  const open: Server[] = [];
  return {
    fresh: (): Server => {
      const server = createServer();
      open.push(server);
      return server;
    },
    [Symbol.dispose]() {
      for (const server of open) server.close();
    },
  };
}

/** So many ports in a row that this process holds, with a free one behind them. */
async function takenPorts(fresh: () => Server, count: number): Promise<number> {
  for (;;) {
    const first = fresh().listen(0, host);
    await once(first, 'listening');
    const port = portOf(first);
    const others = Array.from({ length: count - 1 }, (_, index) => port + 1 + index);
    const behind = createServer();
    try {
      for (const other of others) await once(fresh().listen(other, host), 'listening');
      await once(behind.listen(port + count, host), 'listening');
      return port;
    } catch {
      // Somebody else holds one of them.
    } finally {
      behind.close();
    }
  }
}

test('listenOnNextPort takes the wanted port when it is free, whoever else has claimed it', async () => {
  using all = servers();
  const port = (await takenPorts(all.fresh, 1)) + 1;
  const server = all.fresh();
  assert.equal(await listenOnNextPort(server, { host, port }, new Set([port])), port);
  assert.equal(portOf(server), port);
});

test('listenOnNextPort takes the next port that is neither taken nor claimed, and claims it', async () => {
  using all = servers();
  const port = await takenPorts(all.fresh, 3);
  const server = all.fresh();
  const claimed = new Set([port, port + 3]);
  const found = await listenOnNextPort(server, { host, port }, claimed);
  assert.equal(portOf(server), found);
  assert.ok(found > port + 3 && found < port + 100, `${found} after ${port}`);
  assert.ok(claimed.has(found));
});

test('listenOnNextPort gives up after the last port there is, and names the range and who holds its beginning', async () => {
  using all = servers();
  const port = 65_500 + (process.pid % 30);
  const holder = all.fresh();
  await once(holder.listen(port, host), 'listening');
  // All the others belong to other instances.
  const claimed = new Set(Array.from({ length: 100 }, (_, index) => port + index));
  await assert.rejects(listenOnNextPort(all.fresh(), { host, port }, claimed), (error) => {
    assert.ok(error instanceof StartError);
    assert.equal(error.message, `cannot listen on ${host}:${port} nor on any port up to 65535: address in use`);
    const who = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process';
    assert.match(error.hint ?? '', new RegExp(`^${who} holds ${host}:${port}; choose other ports with --port$`));
    return true;
  });
});

test('listenOnNextPort tries a hundred ports', async () => {
  using all = servers();
  const port = await takenPorts(all.fresh, 1);
  const claimed = new Set(Array.from({ length: 100 }, (_, index) => port + index));
  const last = Math.min(port + 99, 65_535);
  await assert.rejects(listenOnNextPort(all.fresh(), { host, port }, claimed), new RegExp(` up to ${last}: `));
});

test('listenOnNextPort goes no further when the address itself is the trouble', async () => {
  using all = servers();
  await assert.rejects(
    listenOnNextPort(all.fresh(), { host: '192.0.2.1', port: 15_432 }, new Set()),
    /cannot listen on 192\.0\.2\.1:15432: this machine does not have that address/,
  );
});
