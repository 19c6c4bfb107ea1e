// --workers: several processes behind one set of listeners, which look from outside like one.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { metricsOf, scrape } from './support/endpoints.ts';
import { childrenOf, skipUnlessCounted } from './support/process-figures.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { iamUser, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

const skip = skipUnlessCounted;

function login({ port }: ProxyProcess) {
  return { port, user: iamUser };
}

test('--workers serves clients in several processes, with one certificate and numbers that are unique', {
  skip,
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--workers=2', '--structured-logs', setting.instance);
  assert.equal(childrenOf(proxy.pid).length, 2);
  const pools = Array.from({ length: 8 }, () => openPostgresJs(login(proxy)));
  const users = await Promise.all(
    pools.map(async (sql) => (await sql`select current_user as name`)[0]?.['name'] as unknown),
  );
  assert.deepEqual(users, Array(8).fill(iamUser));
  for (const sql of pools) await sql.end();
  await until(() => (proxy.output.match(/client closed the connection/g) ?? []).length === 8);
  const ids = [...proxy.output.matchAll(/accepted connection from \S+ \(connection (\d+)\)/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, 8, proxy.output);
  assert.equal(setting.emulator.statistics().apiCalls.generateClientCertificate, 1, 'one for all');
});

test('A worker that is killed takes its own sessions with it and no others, and is replaced', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--workers=2', '--max-connections=4', setting.instance);
  const pools = Array.from({ length: 4 }, () => openPostgresJs(login(proxy)));
  for (const sql of pools) await sql`select 1`;
  const [victim = 0, survivor = 0] = childrenOf(proxy.pid);
  // All four are under way when it happens.
  const underWay = Promise.allSettled(pools.map((sql) => sql`select pg_sleep(5)`));
  await sleep(500);
  process.kill(victim, 'SIGKILL');
  await proxy.waitFor(/worker \d \(process \d+\) has died \(SIGKILL\), with 2 connections/);
  const outcomes = (await underWay).map(({ status }) => status).toSorted();
  assert.deepEqual(outcomes, ['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  await until(() => childrenOf(proxy.pid).length === 2 && childrenOf(proxy.pid).includes(survivor));
  // postgres.js connects again by itself: two of the four are new, for which there are places.
  for (const sql of pools) assert.equal((await sql`select 1`).length, 1);
  await assert.rejects(queryWithPg(login(proxy), 'select 1'), { code: '53300' });
  for (const sql of pools) await sql.end();
});

test('--max-connections counts over all workers, and a client waits for a place wherever it comes free', {
  skip,
}, async () => {
  await using setting = await setUp();
  const flags = ['--workers=2', '--max-connections=2', '--max-connections-wait=60s'];
  const proxy = await setting.startProxy('-i', ...flags, setting.instance);
  const pools = Array.from({ length: 2 }, () => openPostgresJs(login(proxy)));
  for (const sql of pools) await sql`select 1`;
  const waiting = queryWithPg(login(proxy), 'select 3');
  await proxy.waitFor(/(accepted connection[^]*){3}/);
  await pools[0]?.end();
  assert.equal(await waiting, 3);
  await pools[1]?.end();
});

test('A storm of refusals is as short in the log with workers as without', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--workers=2', '--max-connections=1', setting.instance);
  const sql = openPostgresJs(login(proxy));
  await sql`select 1`;
  for (let count = 0; count < 12; count += 1) {
    await assert.rejects(queryWithPg(login(proxy), 'select 1'), { code: '53300' });
  }
  await sql.end();
  // At the latest at its end it says what it has held back.
  await proxy.stop();
  const lines = proxy.output.split('\n').filter((line) => line.includes('refusing new connection'));
  assert.equal(lines.length, 6, proxy.output);
  assert.match(lines.at(-1) ?? '', /and 7 more times within 10 s/);
});

test('A proxy with workers drains, says how it went, and leaves no process behind', { skip }, async () => {
  await using setting = await setUp();
  const flags = ['--workers=2', '--max-sigterm-delay=60s'];
  const proxy = await setting.startProxy('-i', ...flags, setting.instance);
  const workers = childrenOf(proxy.pid);
  const sql = openPostgresJs(login(proxy));
  await sql`select 1`;
  // As a service manager does that knows nothing of workers.
  for (const pid of workers) process.kill(pid, 'SIGTERM');
  const stopping = proxy.stop('SIGTERM');
  await proxy.waitFor('SIGTERM signal received');
  await assert.rejects(queryWithPg(login(proxy), 'select 1'), { code: '57P03' });
  assert.equal((await sql`select 1`).length, 1, 'an old session goes on');
  await sql.end();
  assert.deepEqual(await stopping, { code: 143, signal: null });
  for (const pid of workers) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('Workers end with their primary process, however that ends', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--workers=2', setting.instance);
  const workers = childrenOf(proxy.pid);
  await proxy.stop('SIGKILL');
  await until(() => workers.every((pid) => !isAlive(pid)));
});

test('Workers serve Unix sockets, and dial with a new certificate when the old one is refused', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('-i', '--workers=2', `${setting.instance}?unix-socket=${setting.folder}`);
  const [name = ''] = readdirSync(setting.folder).filter((each) => each.includes('.us-central1.'));
  const host = join(setting.folder, name);
  assert.equal(await queryWithPg({ host, port: 5432, user: iamUser }, 'select 1'), 1);
  await setting.emulator.rotateCa(setting.instance);
  for (let client = 0; client < 4; client += 1) {
    assert.equal(await queryWithPg({ host, port: 5432, user: iamUser }, 'select 2'), 2);
  }
  assert.equal(setting.emulator.statistics().apiCalls.generateClientCertificate, 2);
  assert.equal(proxy.stderr, '');
});

test('The metrics of a proxy with workers tell of all their sessions, and of those that went down with one', {
  skip,
}, async () => {
  await using setting = await setUp();
  const flags = ['--workers=2', '--max-connections=2', '--prometheus', '--http-port=0'];
  const proxy = await setting.startProxy('-i', ...flags, setting.instance);
  const pools = Array.from({ length: 2 }, () => openPostgresJs(login(proxy)));
  for (const sql of pools) await sql`select repeat('x', 100000)`;
  await assert.rejects(queryWithPg(login(proxy), 'select 1'), { code: '53300' });
  let metrics = metricsOf(await scrape(proxy));
  const figure = (pattern: RegExp): number | undefined => [...metrics].find(([key]) => pattern.test(key))?.[1];
  const comes = async (isThere: () => boolean): Promise<void> => {
    await until(async () => {
      metrics = metricsOf(await scrape(proxy));
      return isThere();
    });
  };
  await comes(() => (figure(/bytes_received/) ?? 0) > 200_000);
  const received = figure(/bytes_received/) ?? 0;
  assert.deepEqual(
    [/open_connections/, /dial_latency_count/, /opened_total/, /"max-connections"/, /_workers$/].map(figure),
    [2, 2, 2, 1, 2],
  );
  for (const sql of pools) void sql`select pg_sleep(60)`.catch(() => undefined);
  const [victim = 0] = childrenOf(proxy.pid);
  process.kill(victim, 'SIGKILL');
  await comes(() => figure(/_workers_died_total/) === 1 && figure(/_workers$/) === 2);
  assert.deepEqual([/lost_connections_total/, /closed_total.*"proxy",reason="error"/].map(figure), [1, 1]);
  assert.ok((figure(/bytes_received/) ?? 0) >= received, 'nothing is forgotten');
  for (const sql of pools) await sql.end({ timeout: 0 });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
