// Connections that the proxy ends by itself: silent ones (--client-idle-timeout), old ones (--max-connection-lifetime).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openPostgresJs } from './support/clients.ts';
import { iamUser, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

interface OpenClient {
  readonly client: Client;
  /** SQLSTATE of the error that ends it while it is idle. */
  readonly ended: Promise<string | undefined>;
}

async function open(port: number): Promise<OpenClient> {
  const client = new Client({ host: '127.0.0.1', port, user: iamUser, database: 'postgres' });
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  // Behind the word of the proxy comes another error: that the connection is gone.
  client.on('error', (error: Error & { code?: string }) => resolve(error.code));
  await client.connect();
  return { client, ended };
}

test('--client-idle-timeout ends a connection over which nothing is sent, and no other', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--client-idle-timeout=3s', setting.instance);
  const { port } = proxy;
  const [silent, { client: busy }, waiting] = await Promise.all([open(port), open(port), open(port)]);
  const waited = assert.rejects(waiting.client.query('select pg_sleep(60)'), /terminated/);
  for (let round = 0; round < 20; round += 1) {
    await busy.query('select 1');
    await sleep(250);
  }
  assert.equal(await silent.ended, '57P05');
  await waited;
  assert.equal((await busy.query('select 2 as n')).rowCount, 1, 'whoever says something now and then stays');
  await proxy.waitFor('closed the connection: nothing was sent for 3s (--client-idle-timeout)');
  await busy.end();
});

test('--max-connection-lifetime ends connections between transactions, and a pool goes on', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--max-connection-lifetime=3s', setting.instance);
  const [idle, { client: busy, ended }] = await Promise.all([open(proxy.port), open(proxy.port)]);
  await busy.query('begin');
  assert.equal(await idle.ended, '57P01');
  await sleep(1_000);
  assert.equal((await busy.query('select 1 as n')).rowCount, 1, 'it is older than that, but in a transaction');
  await busy.query('commit');
  assert.equal(await ended, '57P01');
  await proxy.waitFor('closed the connection: it has reached its age of 3s (--max-connection-lifetime)');

  let closed = false;
  const pool = openPostgresJs({ port: proxy.port, user: iamUser }, { onclose: () => (closed = true) });
  const [first] = await pool`select pg_backend_pid() as pid`;
  // A query that is on its way just then would fail.
  await until(() => closed);
  const [second] = await pool`select pg_backend_pid() as pid`;
  assert.notDeepEqual(second, first, 'the next query opens another connection');
  await pool.end();
});
