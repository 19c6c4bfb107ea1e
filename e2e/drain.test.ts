// Ending without loss: delays, refusals, idle sessions, a second signal (W14, W15).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { queryWithPg } from './support/clients.ts';
import { skipOnWindows, skipWithoutStop, STOP } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

const skip = skipWithoutStop;

async function open(port: number): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, user: iamUser, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test('After a signal clients are served for the minimum, then refused with 57P03 while sessions finish', {
  skip,
}, async () => {
  await using setting = await setUp();
  const delays = ['--min-sigterm-delay=3s', '--max-sigterm-delay=60s'];
  const proxy = await setting.startProxy('-i', ...delays, setting.instance);
  const { port } = proxy;
  const old = await open(port);
  const stopping = proxy.stop();
  await proxy.waitFor(`${STOP.signal} signal received`);
  assert.equal(await queryWithPg({ port, user: iamUser }, 'select 1'), 1, 'accepted during the minimum');
  await until(() =>
    queryWithPg({ port, user: iamUser }, 'select 1').then(
      () => false,
      ({ code }: { readonly code?: string }) => code === '57P03',
    ),
  );
  assert.equal((await old.query('select 2 as n')).rowCount, 1, 'an old session goes on');
  await old.end();
  assert.deepEqual(await stopping, STOP.exit);
});

test('--drain-idle ends idle sessions with 57P01 and lets a transaction finish', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--drain-idle', '--max-sigterm-delay=60s', setting.instance);
  const idle = await open(proxy.port);
  const busy = await open(proxy.port);
  await busy.query('begin');
  const told = new Promise((resolve) => idle.once('error', resolve));
  const stopping = proxy.stop();
  assert.equal(((await told) as { code?: string }).code, '57P01');
  assert.equal((await busy.query('select 1 as n')).rowCount, 1);
  const ended = new Promise((resolve) => busy.once('error', resolve));
  await busy.query('commit');
  assert.equal(((await ended) as { code?: string }).code, '57P01', 'once it is idle, it is ended too');
  assert.deepEqual(await stopping, STOP.exit);
});

test('A second signal ends the waiting, and the exit code is that of the first', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--max-sigterm-delay=300s', setting.instance);
  const client = await open(proxy.port);
  void proxy.stop('SIGINT');
  await proxy.waitFor('SIGINT signal received');
  assert.deepEqual(await proxy.stop(), { code: 130, signal: null });
  await client.end().catch(() => undefined);
});

test('--exit-zero-sigterm exits with 0, without an error, and keeps the minimum delay', {
  skip: skipOnWindows('Windows has no SIGTERM'),
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--exit-zero-sigterm', '--min-sigterm-delay=3s', setting.instance);
  // The first client fetches a certificate, which may take a while: the one below is only to be let in.
  assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'), 1);
  const stopping = proxy.stop();
  await proxy.waitFor(`${STOP.signal} signal received`);
  assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'), 1);
  assert.deepEqual(await stopping, { code: 0, signal: null });
  assert.equal(proxy.stderr, '');
});
