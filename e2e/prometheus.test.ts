// The metrics of a running proxy: what promtool says of them, what a real Prometheus reads, and the examples.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { metricsOf, scrape } from './support/endpoints.ts';
import { PrometheusServer } from './support/prometheus-server.ts';
import { setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';

const metricsFlags = ['--prometheus', '--http-port', '0'];
const name = 'local.us-central1.demo.primary';

test('--prometheus counts connections, dials, refreshes and bytes under the official names', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const proxy = await setting.startProxy(...metricsFlags, instance);
  const sql = openPostgresJs({ port: proxy.port, ...emulator.superuser });
  await sql`select repeat('x', 100000)`;
  const during = metricsOf(await scrape(proxy));
  const [dialer = ''] = [...during.keys()].flatMap((key) => /alloydb_dialer_id="([^"]+)"/.exec(key)?.[1] ?? []);
  const byName = `{alloydb_instance="${name}",alloydb_dialer_id="${dialer}"}`;
  const byUri = `{alloydb_instance="${instance}",alloydb_dialer_id="${dialer}"}`;
  const figure = (key: string): number =>
    during.get(key) ?? assert.fail(`no ${key} in ${[...during.keys()].join('\n')}`);
  assert.equal(figure(`alloydbconn_open_connections${byName}`), 1);
  assert.equal(figure(`alloydbconn_dial_latency_count${byUri}`), 1);
  assert.equal(figure(`alloydbconn_dial_failure_count${byUri}`), 0);
  assert.ok(figure(`alloydbconn_refresh_success_count${byName}`) >= 1);
  assert.ok(figure(`alloydbconn_bytes_received${byName}`) > 100_000, 'while the session lasts');
  assert.ok(figure(`alloydbconn_bytes_sent${byName}`) > 0);
  assert.ok(
    figure(`alloydb_proxy_certificate_expiry_timestamp_seconds{alloydb_instance="${name}"}`) > Date.now() / 1e3,
  );
  for (const phase of ['cache', 'token', 'tcp', 'tls', 'exchange']) {
    assert.equal(figure(`alloydb_proxy_dial_phase_seconds_count{alloydb_instance="${name}",phase="${phase}"}`), 1);
  }
  await sql.end();
  await proxy.waitFor('client closed the connection');
  const after = metricsOf(await scrape(proxy));
  assert.equal(after.get(`alloydbconn_open_connections${byName}`), 0);
  const closed = `alloydb_proxy_connections_closed_total{alloydb_instance="${name}",by="client",reason="finished"}`;
  assert.equal(after.get(closed), 1);
  assert.ok((after.get(`alloydbconn_bytes_received${byName}`) ?? 0) > 100_000, 'and after it');
});

test('--prometheus counts who was refused, and what could not be dialled by its code', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const unknown = instance.replace('primary', 'primray');
  // Its own limit: the client that was turned away by the other instance may hold its place for a moment more.
  const proxy = await setting.startProxy(...metricsFlags, `${instance}?max-connections=1`, unknown);
  const [port = 0, otherPort = 0] = proxy.ports;
  await assert.rejects(queryWithPg({ port: otherPort, ...emulator.superuser }, 'select 1'));
  const holder = openPostgresJs({ port, ...emulator.superuser });
  await holder`select 1`;
  await assert.rejects(queryWithPg({ port, ...emulator.superuser }, 'select 1'));
  const metrics = metricsOf(await scrape(proxy));
  const found = (pattern: RegExp): number => [...metrics].find(([key]) => pattern.test(key))?.[1] ?? 0;
  assert.equal(found(/^alloydb_proxy_connections_refused_total\{.*reason="max-connections"/), 1);
  assert.ok(found(/^alloydbconn_dial_failure_count\{alloydb_instance=".*primray"/) >= 1);
  assert.ok(found(/^alloydbconn_refresh_failure_count\{.*primray.*alloydb_error_code="ADMIN_API_NOT_FOUND"/) >= 1);
  await holder.end();
});

// What promtool has against the official names; drop-in means to keep them.
const known = [
  'alloydbconn_bytes_received counter metrics should have "_total" suffix',
  'alloydbconn_bytes_sent counter metrics should have "_total" suffix',
  'alloydbconn_dial_failure_count counter metrics should have "_total" suffix',
  'alloydbconn_dial_failure_count non-histogram and non-summary metrics should not have "_count" suffix',
  'alloydbconn_refresh_failure_count counter metrics should have "_total" suffix',
  'alloydbconn_refresh_failure_count non-histogram and non-summary metrics should not have "_count" suffix',
  'alloydbconn_refresh_success_count counter metrics should have "_total" suffix',
  'alloydbconn_refresh_success_count non-histogram and non-summary metrics should not have "_count" suffix',
];

test('promtool has nothing against the metrics but the official names', {
  skip: skipUnlessInstalled('promtool'),
}, async () => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(...metricsFlags, setting.instance, unknown);
  await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1');
  await assert.rejects(queryWithPg({ port: proxy.ports[1] ?? 0, ...setting.emulator.superuser }, 'select 1'));
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(proxy), encoding: 'utf8' });
  assert.deepEqual(stderr.trim().split('\n').toSorted(), known);
});

test('A real Prometheus scrapes a proxy, namespace and all, and evaluates the rules of the example', {
  skip: skipUnlessInstalled('prometheus'),
}, async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const proxy = await setting.startProxy(...metricsFlags, instance);
  await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1');
  const [, target = ''] = /Serving metrics at http:\/\/localhost:(\d+)/.exec(proxy.stdout) ?? [];
  await using prometheus = await PrometheusServer.start(`localhost:${target}`, setting.folder);
  const opened = await prometheus.waitFor('alloydb_proxy_connections_opened_total', ([sample]) => sample?.value === 1);
  assert.equal(opened[0]?.metric['alloydb_instance'], name);
  const quantile = 'histogram_quantile(0.5, alloydbconn_dial_latency_bucket)';
  await prometheus.waitFor(quantile, ([sample]) => (sample?.value ?? 0) > 0);
  await prometheus.waitFor('up', ([sample]) => sample?.value === 1);
  // A machine that stands still for a moment is busy, which is no fault of the proxy.
  assert.deepEqual(await prometheus.query('ALERTS{alertname!="AlloyDBEventLoopBusy"}'), []);
});

test('--prometheus-namespace stands before every name', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...metricsFlags, '--prometheus-namespace', 'payments', setting.instance);
  for (const key of metricsOf(await scrape(proxy)).keys()) assert.match(key, /^payments_/);
});

test('The example dashboard and alert rules ask for metrics that there are', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...metricsFlags, setting.instance);
  const text = await scrape(proxy);
  const types = new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, each = '', type = '']) => [each, type]),
  );
  const dashboard = JSON.parse(readFileSync('examples/prometheus/dashboard.json', 'utf8')) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  const asked = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    readFileSync('examples/prometheus/alerts.yml', 'utf8'),
  ].join('\n');
  const names = new Set(asked.match(/\b(?:alloydb|process)[a-z]*_[a-z_]+\b/g)?.filter((each) => !isLabel(each)));
  assert.ok(names.size > 10);
  for (const each of names) {
    const isHistogram = types.get(each.replace(/_(?:bucket|sum|count)$/, '')) === 'histogram';
    assert.ok(isHistogram || types.has(each), `${each} is no metric`);
  }
});

test('The example alert rules fire when they should', { skip: skipUnlessInstalled('promtool') }, () => {
  const tested = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], {
    cwd: 'examples/prometheus',
    encoding: 'utf8',
  });
  assert.equal(tested.status, 0, tested.stdout + tested.stderr);
});

function isLabel(word: string): boolean {
  return ['alloydb_instance', 'alloydb_dialer_id', 'alloydb_error_code'].includes(word);
}
