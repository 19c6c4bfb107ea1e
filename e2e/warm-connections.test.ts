// --warm-connections: a client pays no round trips for its connection, and is never worse off than without.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { DnsServer } from '../packages/proxy/test/dns-server.ts';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { metricsOf, scrape } from './support/endpoints.ts';
import { Distance } from './support/distance.ts';
import { startupMessage } from './support/postgres-messages.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { iamUser, type Setting, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

// Long beside what a busy machine adds between two writes of the proxy: a ticket of TLS that comes in between would count.
const roundTripMs = 200;
/** TCP, TLS, metadata exchange. */
const tripsOfADial = 3;

async function distanceTo({ emulator }: Setting, ms = roundTripMs): Promise<Distance> {
  const [{ address, port } = assert.fail('the emulator has no instance')] = emulator.instances;
  return Distance.start({ target: { host: address, port }, roundTripMs: ms });
}

interface FirstByte {
  readonly roundTrips: number;
  readonly ms: number;
}

/** From the client's connection to the first byte that the database sends. */
async function firstByte({ port }: ProxyProcess, distance: Distance): Promise<FirstByte> {
  const before = distance.roundTrips;
  const startedAt = performance.now();
  const client = connect({ port, host: '127.0.0.1', noDelay: true });
  client.write(startupMessage(iamUser));
  await once(client, 'data');
  const ms = performance.now() - startedAt;
  const roundTrips = distance.roundTrips - before;
  client.destroy();
  return { roundTrips, ms };
}

async function untilMade(proxy: ProxyProcess, count: number): Promise<void> {
  await until(() => proxy.output.split('made a connection to keep warm').length > count);
}

function say(t: TestContext, what: string, { roundTrips, ms }: FirstByte): void {
  t.diagnostic(`${what}: ${roundTrips} round trips, ${(ms / roundTripMs).toFixed(2)} times the distance`);
}

test('A client gets its first byte after one round trip with --warm-connections, and after four without', async (t) => {
  await using setting = await setUp();
  await using distance = await distanceTo(setting);
  const far = `${setting.instance}?auto-iam-authn=true&dial-address=${distance.dialAddress}`;
  const proxy = await setting.startProxy(far);
  // The certificate is there before the client, as it is for most.
  await firstByte(proxy, distance);
  // Its farewell would count.
  await until(() => distance.open === 0);
  const cold = await firstByte(proxy, distance);
  say(t, 'cold', cold);
  assert.equal(cold.roundTrips, tripsOfADial + 1);
  assert.ok(cold.ms >= (tripsOfADial + 1) * roundTripMs * 0.95, 'the distance is felt');
  await proxy.stop();

  // A limit of one leaves no room for the next warm connection while the client is there, which would count too.
  await until(() => distance.open === 0);
  const before = distance.roundTrips;
  const warmed = await setting.startProxy('--debug-logs', `${far}&warm-connections=1&max-connections=1`);
  await untilMade(warmed, 1);
  assert.equal(distance.roundTrips - before, tripsOfADial);
  const warm = await firstByte(warmed, distance);
  say(t, 'warm', warm);
  assert.equal(warm.roundTrips, 1);
});

test('Warm connections and clients together never exceed --max-connections, and every client is served', async () => {
  await using setting = await setUp();
  await using distance = await distanceTo(setting, 0);
  const instance = `${setting.instance}?dial-address=${distance.dialAddress}`;
  const proxy = await setting.startProxy('-i', '--warm-connections=3', '--max-connections=4', instance);
  await until(() => distance.open === 3);
  const login = { port: proxy.port, user: iamUser };
  const pools = Array.from({ length: 4 }, () => openPostgresJs(login));
  for (const [index, sql] of pools.entries()) {
    assert.deepEqual([...(await sql`select current_user as name`)], [{ name: iamUser }]);
    await until(() => distance.open === Math.min(4, index + 1 + 3));
  }
  await assert.rejects(queryWithPg(login, 'select 1'), { code: '53300' });
  for (const sql of pools) await sql.end();
  await until(() => distance.open === 3);
});

test('A client is served whatever became of the connections that were kept for it', async () => {
  await using setting = await setUp();
  await using distance = await distanceTo(setting, 0);
  const instance = `${setting.instance}?warm-connections=2&dial-address=${distance.dialAddress}`;
  const proxy = await setting.startProxy('-i', '--debug-logs', instance);
  await untilMade(proxy, 2);
  const login = { port: proxy.port, user: iamUser };
  distance.reset();
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  await setting.emulator.rotateCa(setting.instance);
  for (let client = 0; client < 4; client += 1) assert.equal(await queryWithPg(login, 'select 2'), 2);
  await until(() => distance.open === 2);
  assert.equal(proxy.stderr, '', 'nothing of it is worth a warning');
});

test('A proxy that drains keeps nothing warm', async () => {
  await using setting = await setUp();
  await using distance = await distanceTo(setting, 0);
  const instance = `${setting.instance}?warm-connections=2&dial-address=${distance.dialAddress}`;
  const proxy = await setting.startProxy('-i', '--max-sigterm-delay=60s', instance);
  const sql = openPostgresJs({ port: proxy.port, user: iamUser });
  await sql`select 1`;
  await until(() => distance.open === 3);
  const stopping = proxy.stop('SIGTERM');
  await until(() => distance.open === 1);
  assert.equal((await sql`select 1`).length, 1);
  await sql.end();
  await stopping;
});

test('When a DNS name points to another instance, what was kept warm for the old one is given up', async () => {
  const folder = 'projects/local/locations/us-central1/clusters/demo/instances';
  const [primary, replica] = [`${folder}/primary`, `${folder}/replica`];
  await using setting = await setUp({ instances: [primary, replica] });
  await using dns = await DnsServer.start([[primary]]);
  const dnsFlags = ['--dns-server', dns.address, '--dns-refresh=100ms', '--debug-logs'];
  const metricsFlags = ['--prometheus', '--http-port=0'];
  const name = 'db.example.com?allow=projects/local&warm-connections=2';
  const proxy = await setting.startProxy(...dnsFlags, ...metricsFlags, name);
  await untilMade(proxy, 2);
  dns.answer = [[replica]];
  await untilMade(proxy, 4);
  assert.equal(proxy.output.split('ended a connection that was kept warm: outdated').length, 3);
  const authorized = (instance: string) => setting.emulator.statistics().connections[instance]?.authorized;
  assert.deepEqual([authorized(primary), authorized(replica)], [2, 2]);
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
  const metrics = metricsOf(await scrape(proxy));
  const figure = (start: string): number | undefined => [...metrics].find(([key]) => key.startsWith(start))?.[1];
  const labels = 'alloydb_instance="db.example.com"';
  assert.equal(figure(`alloydb_proxy_warm_used_total{${labels}`), 1);
  assert.equal(figure(`alloydb_proxy_warm_ended_total{${labels},reason="outdated"`), 2);
  assert.equal(figure('alloydbconn_dial_latency_count') ?? 0, 0, 'no client has waited for a dial');
});
