// The connector as a library, in this process, with a pool of `pg`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connector } from 'alloydb-connector';
import { Client, Pool } from 'pg';
import { iamUser, type Setting, setUp } from './support/setting.ts';

function connectorFor({ emulator, keyFile }: Setting): Connector {
  return new Connector({ credentials: { kind: 'file', path: keyFile }, adminApiEndpoint: emulator.apiEndpoint });
}

test('Connector.getOptions serves a pool of pg with password and IAM logins', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const native = new Pool({ ...connector.getOptions(setting.instance), ...setting.emulator.superuser, max: 4 });
  const iam = new Pool({
    ...connector.getOptions(setting.instance, { authType: 'AUTO_IAM' }),
    user: iamUser,
    database: 'postgres',
  });
  const numbers = await Promise.all(Array.from({ length: 20 }, (_, index) => native.query(`select ${index} as n`)));
  assert.deepEqual(
    numbers.map(({ rows }) => (rows as { n: number }[])[0]?.n),
    Array.from({ length: 20 }, (_, index) => index),
  );
  const { rows } = await iam.query('select current_user as user');
  assert.deepEqual(rows, [{ user: iamUser }]);
  await Promise.all([native.end(), iam.end()]);
});

test('Connector.getOptions carries a large result through the stream of pg', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const client = new Client({ ...connector.getOptions(setting.instance), ...setting.emulator.superuser });
  await client.connect();
  const { rows } = await client.query(
    "select md5(string_agg(i::text, ',')) as sum, repeat('x', 20000000) as bulk from generate_series(1, 100000) i",
  );
  assert.equal((rows as { bulk: string }[])[0]?.bulk.length, 20_000_000);
  await client.end();
});

test('Connector.getOptions gives pg the error that tells why there is no connection', async () => {
  await using setting = await setUp();
  using connector = connectorFor(setting);
  const unknown = setting.instance.replace('primary', 'unknown');
  const client = new Client({ ...connector.getOptions(unknown), ...setting.emulator.superuser });
  await assert.rejects(client.connect(), { code: 'ADMIN_API_NOT_FOUND', instance: unknown });
});

test('Connector.close ends attempts under way and refuses new ones', async () => {
  await using setting = await setUp();
  const connector = connectorFor(setting);
  setting.emulator.addFault({ kind: 'stall-at-accept' });
  const attempt = connector.dial(setting.instance);
  connector.close();
  await assert.rejects(attempt, { code: 'CONNECTOR_CLOSED' });
  await assert.rejects(connector.dial(setting.instance), { code: 'CONNECTOR_CLOSED' });
});

test('Connector.dial gives up within its time limit and says where it waited', async () => {
  await using setting = await setUp();
  const { keyFile, emulator, instance } = setting;
  using connector = new Connector({
    credentials: { kind: 'file', path: keyFile },
    adminApiEndpoint: emulator.apiEndpoint,
    dialTimeoutMs: 1_500,
  });
  emulator.addFault({ kind: 'stall-before-reply' });
  await assert.rejects(connector.dial(instance), { code: 'DIAL_TIMEOUT', message: /no answer within 1\.5 s/ });
});
