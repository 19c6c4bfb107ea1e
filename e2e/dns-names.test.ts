// Instances that are named by a DNS name: where it may point, and what follows when it points elsewhere.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { DnsServer } from '../packages/proxy/test/dns-server.ts';
import { libpqEnvironment, queryWithPg } from './support/clients.ts';
import { ProxyProcess } from './support/proxy-process.ts';
import { type Setting, setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';
import { until } from './support/until.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';
const foreign = 'projects/local-2/locations/us-central1/clusters/demo/instances/primary';
const name = 'db.example.com?allow=projects/local';

const dnsFlags = ({ address }: DnsServer): readonly string[] => ['--dns-server', address, '--dns-refresh=100ms'];

function codeOf([error]: readonly unknown[]): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function served(setting: Setting, instance: string): number {
  return setting.emulator.statistics().connections[instance]?.authorized ?? 0;
}

test('When a DNS name points to another instance, new connections go there and idle ones end', async () => {
  await using setting = await setUp({ instances: [primary, replica] });
  await using dns = await DnsServer.start([['v=spf1 -all'], [primary]]);
  const proxy = await setting.startProxy(...dnsFlags(dns), name);
  const login = { port: proxy.port, ...setting.emulator.superuser };
  const open = async (): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', database: 'postgres', ...login });
    // The socket's end is another event behind the server's last word.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const [idle, busy] = [await open(), await open()];
  const idleEnd = once(idle, 'error');
  const busyEnd = once(busy, 'error');
  await busy.query('begin');
  assert.deepEqual([served(setting, primary), served(setting, replica)], [2, 0]);

  dns.answer = [[replica]];
  await proxy.waitFor('[db.example.com] points to local.us-central1.demo.replica now');
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  assert.deepEqual([served(setting, primary), served(setting, replica)], [2, 1]);
  assert.equal(codeOf(await idleEnd), '57P01');
  assert.equal((await busy.query('select 2 as two')).rowCount, 1, 'a transaction goes on');
  await busy.query('commit');
  assert.equal(codeOf(await busyEnd), '57P01');
  await proxy.waitFor('[db.example.com] closed the connection: its DNS name points to another instance now');
});

test('No new connection fails while a DNS name moves to and fro', {
  skip: skipUnlessInstalled('pgbench'),
}, async () => {
  await using setting = await setUp({ instances: [primary, replica] });
  await using dns = await DnsServer.start([[primary]]);
  const proxy = await setting.startProxy(...dnsFlags(dns), name);
  const login = { port: proxy.port, ...setting.emulator.superuser };
  const env = libpqEnvironment(login);
  const prepared = await runProgram('pgbench', ['--initialize', '--quiet', '--scale=1'], env);
  assert.equal(prepared.status, 0, prepared.stderr);
  const running = runProgram('pgbench', ['--client=3', '--time=8', '--select-only', '--connect'], env);
  const over = new AbortController();
  void running.finally(() => over.abort());
  let moves = 0;
  while (!over.signal.aborted) {
    const [next, other] = moves % 2 === 0 ? [replica, primary] : [primary, replica];
    dns.answer = [[next]];
    const before = served(setting, next);
    await until(() => over.signal.aborted || served(setting, next) > before + 5);
    if (served(setting, next) > before && served(setting, other) > 0) moves += 1;
  }
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, stderr);
  assert.match(stdout, /number of failed transactions: 0/);
  assert.ok(moves >= 2, `${moves} moves`);
});

test('A name that points out of what is allowed is refused, and stops no other instance', async () => {
  await using setting = await setUp({ instances: [primary, foreign] });
  await using dns = await DnsServer.start([[foreign]]);
  const proxy = await setting.startProxy(...dnsFlags(dns), name, primary);
  const [port = 0, other = 0] = proxy.ports;
  const { superuser } = setting.emulator;
  await assert.rejects(queryWithPg({ port, ...superuser }, 'select 1'), {
    code: '08001',
    message: `alloydb-auth-proxy: refusing to go where db.example.com points: ${foreign} is not in projects/local`,
  });
  assert.equal(await queryWithPg({ port: other, ...superuser }, 'select 1'), 1);
  await proxy.waitFor(/\[db\.example\.com\] refusing to go where/);
  // Put right, it is taken without a restart; forged again, clients stay where they were.
  dns.answer = [[primary]];
  await proxy.waitFor('[db.example.com] points to local.us-central1.demo.primary');
  assert.equal(await queryWithPg({ port, ...superuser }, 'select 1'), 1);
  dns.answer = [[foreign]];
  await proxy.waitFor(/is not in projects\/local; local\.us-central1\.demo\.primary stays in use/);
  assert.equal(await queryWithPg({ port, ...superuser }, 'select 1'), 1);
  assert.equal(served(setting, foreign), 0);
});

test('A name server that fails is told of once, and the last answer stays', async () => {
  await using setting = await setUp({ instances: [primary] });
  await using dns = await DnsServer.start('NXDOMAIN');
  const folder = join(setting.folder, 'sockets');
  mkdirSync(folder);
  const path = join(setting.folder, 'proxy.json');
  const write = (more: object): void => {
    const instances = [{ uri: 'db.example.com', allow: 'projects/local/locations/us-central1/clusters/demo' }];
    const api = { 'credentials-file': setting.keyFile, 'alloydbadmin-api-endpoint': setting.emulator.apiEndpoint };
    const lookup = { 'dns-server': dns.address, 'dns-refresh': '100ms', 'unix-socket': folder };
    writeFileSync(path, JSON.stringify({ ...api, ...lookup, ...more, instances }));
  };
  write({});
  await using proxy = new ProxyProcess(['--config-file', path], {});
  await proxy.waitFor('ready for new connections!');
  await proxy.waitFor('[db.example.com] cannot look up db.example.com: there is no such name');
  dns.answer = [[primary]];
  await proxy.waitFor('[db.example.com] points to local.us-central1.demo.primary');
  const login = { host: join(folder, 'db.example.com'), port: 5432, ...setting.emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  dns.answer = 'SERVFAIL';
  await proxy.waitFor(/the name server has failed \(.*\); local\.us-central1\.demo\.primary stays in use/);
  await dns.untilAskedAgain(10);
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  // What is known outlives a change of the configuration too.
  write({ 'max-connections': 7 });
  await proxy.waitFor('listeners opened 0, closed 0, kept 1');
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  assert.equal(proxy.output.match(/stays in use/g)?.length, 1, proxy.output);
});
