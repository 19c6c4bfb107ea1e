// The health endpoints of a running proxy, and the connection test before it runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { askHealth, healthFlags } from './support/endpoints.ts';
import { ProxyProcess, runProxy } from './support/proxy-process.ts';
import { skipWithoutStop, STOP } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

test('The health endpoints say ok while the proxy serves, with a backend check too', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...healthFlags, '--with-backend-check', setting.instance);
  for (const path of ['/startup', '/readiness', '/liveness']) assert.equal(await askHealth(proxy, path), '200 ok');
});

test('/startup with a backend check names the instance that cannot be connected; the proxy serves the other', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const unknown = instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(...healthFlags, '--with-backend-check', unknown, instance);
  assert.match(await askHealth(proxy, '/startup'), /^503 cannot connect to local\.us-central1\.demo\.primray: .*404/);
  await proxy.waitFor(/\[local\.us-central1\.demo\.primray\] backend check failed: /);
  assert.equal(await askHealth(proxy, '/readiness'), '200 ok');
  assert.equal(await queryWithPg({ port: proxy.ports[1] ?? 0, ...emulator.superuser }, 'select 1'), 1);
});

test('/readiness is ok at the limit of connections, and not when a client was refused (W12)', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...healthFlags, '--max-connections', '1', setting.instance);
  const login = { port: proxy.port, ...setting.emulator.superuser };
  const holder = openPostgresJs(login);
  await holder`select 1`;
  assert.equal(await askHealth(proxy, '/readiness'), '200 ok');
  await assert.rejects(queryWithPg(login, 'select 1'));
  assert.equal(await askHealth(proxy, '/readiness'), '503 max connections (1) exceeded, clients are being refused');
  assert.equal(await askHealth(proxy, '/liveness'), '200 ok');
  await holder.end();
});

test('/readiness says 503 from the first signal on, while clients are still served (W12)', {
  skip: skipWithoutStop,
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...healthFlags, '--min-sigterm-delay', '60s', setting.instance);
  proxy.signal(STOP.signal);
  await proxy.waitFor(`${STOP.signal} signal received. Shutting down...`);
  assert.equal(await askHealth(proxy, '/readiness'), '503 shutting down');
  assert.equal(await askHealth(proxy, '/liveness'), '200 ok');
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
  assert.deepEqual(await proxy.stop('SIGINT'), STOP.exit);
});

test('/readiness?verbose tells of each instance without dialling any', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const unknown = instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(...healthFlags, '--lazy-refresh', instance, unknown);
  const verbose = async () => {
    const answer = await askHealth(proxy, '/readiness?verbose');
    assert.match(answer, /^200 \{/);
    return JSON.parse(answer.slice(4)) as { readonly ready: boolean; readonly instances: readonly object[] };
  };
  const before = await verbose();
  for (const each of before.instances) assert.ok(!('certificate' in each) && !('lastDial' in each));
  const sql = openPostgresJs({ port: proxy.port, ...emulator.superuser });
  await sql`select 1`;
  await assert.rejects(queryWithPg({ port: proxy.ports[1] ?? 0, ...emulator.superuser }, 'select 1'));
  const { ready, instances } = await verbose();
  assert.equal(ready, true);
  assert.partialDeepStrictEqual(instances, [
    {
      uri: instance,
      listening: { kind: 'tcp', port: proxy.port },
      lastRefresh: { succeeded: true },
      lastDial: { succeeded: true },
      sessions: { connected: 1, dialling: 0, waiting: 0 },
    },
    {
      uri: unknown,
      lastRefresh: { succeeded: false, error: { code: 'ADMIN_API_NOT_FOUND' } },
      lastDial: { succeeded: false },
      lastError: { code: 'ADMIN_API_NOT_FOUND' },
      sessions: { connected: 0 },
    },
  ]);
  const { certificate } = instances[0] as { readonly certificate: { readonly secondsLeft: number } };
  assert.ok(certificate.secondsLeft > 60);
  await sql.end();
});

test('--health-check on a port that is taken names who holds it', async () => {
  await using setting = await setUp();
  const holder = await setting.startProxy('--health-check', '--http-port', '0', setting.instance);
  const [, port = ''] = /health check server at localhost:(\d+)/.exec(holder.stdout) ?? [];
  const refused = await runProxy([...setting.flags, '--health-check', '--http-port', port, setting.instance]);
  assert.equal(refused.exit.code, 1);
  assert.match(refused.stderr, new RegExp(`error: cannot listen on 127\\.0\\.0\\.1:${port}: address in use\n`));
  assert.match(refused.stderr, new RegExp(`hint: .* holds it; try --http-port ${Number(port) + 1}\n`));
});

test('--run-connection-test lets nobody in before every instance was connected (W13)', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--run-connection-test', setting.instance);
  const steps = ['Connection test started', 'Connection test passed', 'Listening on', 'has started successfully'];
  const positions = steps.map((step) => proxy.stdout.indexOf(step));
  assert.ok(!positions.includes(-1), proxy.output);
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  );
});

test('--run-connection-test refuses to start when one instance of two cannot be connected', async () => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const refused = await runProxy([...setting.flags, '--run-connection-test', setting.instance, unknown]);
  assert.equal(refused.exit.code, 1);
  assert.match(refused.stderr, /\[local\.us-central1\.demo\.primray\] failed to connect to instance: .*404/);
  assert.match(refused.stderr, /error: the connection test failed for local\.us-central1\.demo\.primray\n/);
  assert.match(refused.stderr, /Connection test failed/);
  assert.doesNotMatch(refused.output, /Listening on|has started/);
});

test('A signal ends --run-connection-test at once and blames no instance', { skip: skipWithoutStop }, async () => {
  await using setting = await setUp();
  setting.emulator.addFault({ kind: 'stall-at-accept' });
  await using proxy = new ProxyProcess([...setting.flags, '--run-connection-test', setting.instance], {});
  await proxy.waitFor('Connection test started');
  assert.deepEqual(await proxy.stop('SIGINT'), { code: 130, signal: null });
  assert.doesNotMatch(proxy.output, /failed|error|Listening on/);
});
