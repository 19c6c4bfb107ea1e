// Connections that the proxy ends by itself: silent ones (--client-idle-timeout), old ones (--max-connection-lifetime).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openPostgresJs } from './support/clients.ts';
import { iamUser, setUp } from './support/setting.ts';

async function open(port: number): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, user: iamUser, database: 'postgres' });
  // Behind the server's word comes another error: that the connection is gone.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** SQLSTATE of the error that ends an idle client. */
function endOf(client: Client): Promise<string | undefined> {
  return new Promise((resolve) => client.once('error', (error: Error & { code?: string }) => resolve(error.code)));
}

test('--client-idle-timeout ends a connection over which nothing is sent, and no other', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--client-idle-timeout=2s', setting.instance);
  const [silent, busy, waiting] = [await open(proxy.port), await open(proxy.port), await open(proxy.port)];
  const ended = endOf(silent);
  const waited = assert.rejects(waiting.query('select pg_sleep(60)'), /terminated/);
  for (let round = 0; round < 16; round += 1) {
    await busy.query('select 1');
    await sleep(250);
  }
  assert.equal(await ended, '57P05');
  await waited;
  assert.equal((await busy.query('select 2 as n')).rowCount, 1, 'whoever says something now and then stays');
  await proxy.waitFor('closed the connection: nothing was sent for 2s (--client-idle-timeout)');
  await busy.end();
});

test('--max-connection-lifetime ends connections between transactions, and a pool goes on', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--max-connection-lifetime=1s', setting.instance);
  const idle = await open(proxy.port);
  const busy = await open(proxy.port);
  await busy.query('begin');
  assert.equal(await endOf(idle), '57P01');
  await sleep(1_500);
  assert.equal((await busy.query('select 1 as n')).rowCount, 1, 'it is older than that, but in a transaction');
  const ended = endOf(busy);
  await busy.query('commit');
  assert.equal(await ended, '57P01');
  await proxy.waitFor('closed the connection: it has reached its age of 1s (--max-connection-lifetime)');

  const pool = openPostgresJs({ port: proxy.port, user: iamUser }, 2);
  for (let round = 0; round < 12; round += 1) {
    // Between two queries: a connection that has just been ended is opened again by the next one.
    await sleep(250);
    const [row] = await pool`select ${round}::int as round`;
    assert.equal(row?.['round'], round);
  }
  await pool.end();
});
