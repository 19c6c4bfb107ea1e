// --max-connections refuses the one too many, and only that one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { iamUser, setUp } from './support/setting.ts';

test('--max-connections refuses a client beyond the limit and serves it when a place is free', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--max-connections', '2', '--auto-iam-authn', setting.instance);
  const login = { port: proxy.port, user: iamUser };
  const holders = [openPostgresJs(login), openPostgresJs(login)];
  await Promise.all(holders.map((sql) => sql`select 1`));
  await assert.rejects(queryWithPg(login, 'select 1'));
  await proxy.waitFor('max connections (2) exceeded, refusing new connection');
  await holders[0]?.end();
  await proxy.waitFor('client closed the connection');
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  await holders[1]?.end();
});
