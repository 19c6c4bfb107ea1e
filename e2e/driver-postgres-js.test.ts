// Connector.postgresOptions in this process, with all that postgres.js does to a socket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { Connector } from 'alloydb-connector';
import postgres from 'postgres';
import type { PoolOptions } from './support/clients.ts';
import { type Setting, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

function connectorFor({ emulator, keyFile }: Setting): Connector {
  return new Connector({ credentials: { kind: 'file', path: keyFile }, adminApiEndpoint: emulator.apiEndpoint });
}

function open(connector: Connector, setting: Setting, options: PoolOptions = {}): postgres.Sql {
  const { user, password } = setting.emulator.superuser;
  const connect = connector.postgresOptions(setting.instance);
  return postgres({ ...connect, user, password, database: 'postgres', max: 1, ...options });
}

test('Connector.postgresOptions serves many connections at once and ends them', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const sql = open(connector, setting, { max: 20 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => sql<{ n: number }[]>`select ${index}::int as n, pg_sleep(0.05)`),
  );
  assert.deepEqual(
    answers.map(([row]) => row?.n),
    Array.from({ length: 60 }, (_, index) => index),
  );
  await sql.end();
  const counts = () => setting.emulator.statistics().connections[setting.instance];
  assert.equal(counts()?.authorized, 20);
  await until(() => counts()?.open === 0);
});

test('Connector.postgresOptions carries COPY both ways and a query that is cancelled', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const sql = open(connector, setting);
  await sql`create temporary table bulk (line text)`;
  const sink = await sql`copy bulk from stdin`.writable();
  const line = `${'x'.repeat(999)}\n`;
  for (let index = 0; index < 5_000; index += 1) {
    if (!sink.write(line)) await new Promise((resolve) => sink.once('drain', resolve));
  }
  await new Promise<void>((resolve, reject) => sink.on('error', reject).end(() => resolve()));
  assert.equal((await text(await sql`copy bulk to stdout`.readable())).length, 5_000_000);

  const slow = sql`select pg_sleep(60)`.execute();
  const cancelled = assert.rejects(slow, { code: '57014' });
  await until(async () => {
    const admin = open(connector, setting);
    const [row] = await admin<{ n: number }[]>`
      select count(*)::int as n from pg_stat_activity where query like 'select pg_sleep(60)%' and state = 'active'`;
    await admin.end();
    return row?.n === 1;
  });
  slow.cancel();
  await cancelled;
  await sql.end();
});

test('Connector.postgresOptions dials anew after the server has ended a connection', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  let closed = false;
  const sql = open(connector, setting, { onclose: () => (closed = true) });
  const admin = open(connector, setting);
  const [first] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  await admin`select pg_terminate_backend(${first?.pid ?? 0})`;
  // postgres.js 3.4.9 wedges a connection for good when a query is queued in the very moment in which it closes, over any
  // socket: it clears its pending write without forgetting it. So the next query waits until the close is through.
  await until(() => closed);
  const [second] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  assert.notEqual(second?.pid, first?.pid);
  await Promise.all([sql.end(), admin.end()]);
});

test('Connector.postgresOptions gives postgres.js the error that tells why, and serves when it is mended', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const sql = open(connector, setting);
  const fault = { kind: 'exchange-error', message: 'IAM principal does not match database user.' } as const;
  setting.emulator.addFault(fault);
  await assert.rejects(async () => sql`select 1`, { code: 'EXCHANGE_REFUSED', instance: setting.instance });
  assert.equal((await sql`select 1`).length, 1);
  await sql.end();
});
