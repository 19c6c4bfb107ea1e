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

test('--max-connections of one instance leaves the others their places', async () => {
  const cluster = 'projects/local/locations/us-central1/clusters/demo/instances';
  await using setting = await setUp({ instances: [`${cluster}/primary`, `${cluster}/replica`] });
  const proxy = await setting.startProxy(
    '--auto-iam-authn',
    `${cluster}/primary?max-connections=1`,
    `${cluster}/replica`,
  );
  const [small = 0, other = 0] = proxy.ports;
  const holder = openPostgresJs({ port: small, user: iamUser });
  await holder`select 1`;
  await assert.rejects(queryWithPg({ port: small, user: iamUser }, 'select 1'), {
    code: '53300',
    message: /max connections \(1\) of the instance exceeded/,
  });
  assert.equal(await queryWithPg({ port: other, user: iamUser }, 'select 1'), 1);
  await holder.end();
});

test('--max-connections-wait lets a client wait for a place, and refuses it when none comes', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(
    '--max-connections=1',
    '--max-connections-wait=2s',
    '--auto-iam-authn',
    setting.instance,
  );
  const login = { port: proxy.port, user: iamUser };
  const holder = openPostgresJs(login);
  await holder`select 1`;
  await assert.rejects(queryWithPg(login, 'select 1'), {
    code: '53300',
    message: /max connections \(1\) exceeded for 2 s/,
  });
  const waiting = queryWithPg(login, 'select 2');
  await holder.end();
  assert.equal(await waiting, 2);
});
