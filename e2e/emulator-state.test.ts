// The emulator's state moves and comes back under a proxy that goes on: failover, switchover, restart, and the commands that do it.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { runEmulator, startEmulatorProcess } from './support/emulator-process.ts';
import { freePorts } from './support/free-ports.ts';
import { startProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

const WEST = 'projects/local/locations/us-west1/clusters/west';
const EAST = 'projects/local/locations/us-east1/clusters/east';
let folder: string;

before(async () => {
  // PostgreSQL's user has to get there, which in root's own temporary folder it may not.
  folder = await mkdtemp(join('/tmp', 'alloydb-e2e-state-'));
  await chmod(folder, 0o755);
});
after(async () => rm(folder, { recursive: true, force: true }));

test('A failover ends the sessions through the proxy, and the next connection reaches the new node', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  const login = { port: proxy.port, ...emulator.superuser };
  const open = openPostgresJs(login);
  await open`select 1`;
  await emulator.fleet.failOver(instance);
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  assert.equal(emulator.fleet.status().clusters[0]?.instances[0]?.node, 2);
  await open.end({ timeout: 1 });
});

test('A switchover moves the writes from one proxied instance to the other', async () => {
  const [west, east] = [`${WEST}/instances/a`, `${EAST}/instances/b`];
  await using setting = await setUp({ instances: [west] });
  const { emulator } = setting;
  await emulator.fleet.createCluster({ cluster: EAST, secondaryOf: WEST });
  await emulator.fleet.createInstance({ uri: east });
  const [first, second] = [await setting.startProxy(west), await setting.startProxy(east)];
  const on = (proxy: { readonly port: number }) => ({ port: proxy.port, ...emulator.superuser });
  await queryWithPg(on(first), 'create table moved as select 1 as n');
  await assert.rejects(queryWithPg(on(second), 'insert into moved values (2)'), { code: '25006' });
  await emulator.fleet.switchOver(EAST);
  await queryWithPg(on(second), 'insert into moved values (2)');
  await assert.rejects(queryWithPg(on(first), 'insert into moved values (3)'), { code: '25006' });
});

test('A proxy goes on over kill -9 and restart of an emulator that keeps its state', async () => {
  const stateDir = join(folder, 'kept');
  const keyFile = join(folder, 'key.json');
  const args = ['--state-dir', stateDir, '--postgres-password', 'secret', '--require-connectors'];
  const port = String(await freePorts(1));
  const former = await startEmulatorProcess(...args, '--api-port', port, '--key-file', keyFile);
  const { url } = former;
  const instance = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
  const flags = ['--credentials-file', keyFile, '--alloydbadmin-api-endpoint', url, '--auto-iam-authn', '--port', '0'];
  await using proxy = await startProxy([...flags, instance]);
  const login = { port: proxy.port, user: 'app@local.iam' };
  assert.equal(await queryWithPg(login, 'select current_user'), 'app@local.iam');
  await former.kill('SIGKILL');
  await using next = await startEmulatorProcess(...args);
  assert.equal(next.url, url);
  const status = await runEmulator(['status', '--url', url]);
  assert.match(status.stdout, /PostgreSQL refuses clients without a connector/);
  assert.equal(await queryWithPg(login, 'select current_user'), 'app@local.iam');
  const refused = await runEmulator(['start', ...args]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /error: cannot use the state folder .*: process \d+ .* uses it\n.*hint: stop that one/);
});

test('The commands of the program steer one that runs, from a state file to its end', async () => {
  const stateFile = join(folder, 'state.json');
  const clusters = [
    { name: WEST, instances: [{ id: 'a' }] },
    { name: EAST, secondaryOf: WEST, instances: [{ id: 'b' }] },
  ];
  await writeFile(stateFile, JSON.stringify({ clusters, users: [{ name: 'reports', password: 'p' }] }));
  await using emulator = await startEmulatorProcess('--state', stateFile, '--api-port', '0');
  const env = { ALLOYDB_EMULATOR_HOST: new URL(emulator.url).host };
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runEmulator(args, env);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  assert.match(await run('create', 'instance', `${WEST}/instances/pool`, '--type', 'READ_POOL'), /^127\.\S+:\d+\n$/);
  assert.equal(await run('create', 'user', 'ann', '--password', 'secret'), 'secret\n');
  await run('failover', `${WEST}/instances/a`);
  await run('switchover', EAST);
  await run('set-connection-rule', `${WEST}/instances/pool`, '--require-connectors', 'true');
  assert.match(await run('status'), /pool .*PostgreSQL refuses clients without a connector\n/);
  await run('stop-instance', `${WEST}/instances/pool`);
  await run('rotate-ca', WEST);
  await run('fault', 'set', 'api-error', 'status=503', 'times=2');
  assert.deepEqual(JSON.parse(await run('fault', 'list')), [{ kind: 'api-error', status: 503, times: 2 }]);
  await run('fault', 'clear');
  const status = JSON.parse(await run('status', '--format', 'json')) as {
    readonly clusters: readonly {
      readonly type: string;
      readonly instances: readonly { readonly type: string; readonly state: string; readonly node: number }[];
    }[];
    readonly users: readonly { readonly name: string }[];
  };
  assert.deepEqual(
    status.clusters.map(({ type, instances }) => [type, instances.map((one) => [one.type, one.state, one.node])]),
    [
      [
        'SECONDARY',
        [
          ['SECONDARY', 'READY', 2],
          ['READ_POOL', 'STOPPED', 1],
        ],
      ],
      ['PRIMARY', [['PRIMARY', 'READY', 1]]],
    ],
  );
  assert.ok(status.users.some(({ name }) => name === 'ann'));
  assert.match(await run('status'), /pool {2}READ_POOL {2}STOPPED/);
  const wrong = await runEmulator(['failover', `${WEST}/instances/none`], env);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /error: cannot use instance .*\nalloydb-emulator: hint: it serves /);
  await run('stop');
  await emulator.exited;
  const away = await runEmulator(['status', '--url', emulator.url]);
  assert.match(away.stderr, /error: cannot reach an emulator at http.*\nalloydb-emulator: hint: start one/);
});

test('A state file with a mistake is refused before anything starts', async () => {
  const stateFile = join(folder, 'wrong.json');
  await writeFile(
    stateFile,
    JSON.stringify({ clusters: [{ name: WEST, instances: [{ id: 'a', type: 'READPOOL' }] }] }),
  );
  const { code, stdout, stderr } = await runEmulator(['--state', stateFile]);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /wrong\.json": clusters\[0\]\.instances\[0\]\.type: "READPOOL" .*\n.*hint: use one of PRIMARY/);
});
