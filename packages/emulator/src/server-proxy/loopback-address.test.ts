// Tests that every server finds an address of its own.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { listen, listenOnOwnAddress } from './loopback-address.ts';

test('listenOnOwnAddress gives servers that start at once different addresses at the same port', async (t) => {
  if (process.platform === 'darwin') return t.skip('macOS has one loopback address');
  const probe = createServer();
  const { port } = await listen(probe, { host: '127.0.0.1', port: 0 });
  const servers: Server[] = Array.from({ length: 5 }, () => createServer());
  t.after(() => [probe, ...servers].forEach((server) => server.close()));
  const places = await Promise.all(servers.map(async (server) => listenOnOwnAddress(server, port)));
  assert.deepEqual(new Set(places.map((place) => place.port)), new Set([port]));
  assert.equal(new Set(places.map((place) => place.address)).size, 5);
  assert.ok(places.every(({ address }) => address !== '127.0.0.1'));
  return undefined;
});

test('listenOnOwnAddress says what to do when the port is taken on every address', async (t) => {
  const everywhere = createServer();
  const { port } = await listen(everywhere, { host: '0.0.0.0', port: 0 });
  t.after(() => everywhere.close());
  await assert.rejects(listenOnOwnAddress(createServer(), port), {
    code: 'ADDRESS_UNAVAILABLE',
    hint: /serverProxyPort/,
  });
});
