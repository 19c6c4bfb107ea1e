// Metrics and traces by OTLP, to a collector that decodes them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { startOtlpCollector } from './support/otlp-collector.ts';
import { startProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { until } from './support/until.ts';

const quick = { OTEL_METRIC_EXPORT_INTERVAL: '500', OTEL_BSP_SCHEDULE_DELAY: '100' };
const name = 'local.us-central1.demo.primary';

test('OTEL_EXPORTER_OTLP_ENDPOINT gets a trace of each connection, and the metrics of /metrics', async () => {
  await using setting = await setUp();
  await using collector = await startOtlpCollector();
  const env = {
    ...quick,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=payments',
  };
  await using proxy = await startProxy([...setting.flags, setting.instance], { env });
  await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1');
  await until(() => collector.spans.some((span) => span.name === 'session'));
  const { spans } = collector;
  const byName = (wanted: string) => spans.find((span) => span.name === wanted) ?? assert.fail(`no span ${wanted}`);
  const [session, dial] = [byName('session'), byName('dial')];
  assert.deepEqual([session.parentSpanId, dial.parentSpanId], ['', session.spanId]);
  for (const phase of ['refresh', 'token', 'TCP', 'TLS', 'exchange']) {
    assert.equal(byName(phase).parentSpanId, dial.spanId, phase);
    assert.ok(byName(phase).durationNs <= dial.durationNs + 1_000_000n, phase);
  }
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  assert.partialDeepStrictEqual(session.attributes, { 'alloydb.instance': name, 'alloydb.closed_by': 'client' });
  assert.partialDeepStrictEqual(session.resource, {
    'service.name': 'alloydb-auth-proxy',
    'deployment.environment.name': 'test',
  });
  assert.ok(session.durationNs > dial.durationNs);
  const figureOf = (wanted: string) => {
    const points = collector.metrics.find((metric) => metric.name === wanted)?.points ?? [];
    return points[0];
  };
  await until(() => figureOf('alloydb_proxy_connections_closed_total') !== undefined);
  await until(() => figureOf('alloydb_proxy_connections_opened_total')?.value === 1);
  assert.equal(figureOf('alloydbconn_dial_latency')?.count, 1);
  assert.ok((figureOf('alloydbconn_bytes_received')?.value ?? 0) > 0);
  assert.equal(collector.requests[0]?.headers['x-team'], 'payments');
  assert.equal(collector.requests[0]?.headers['content-type'], 'application/x-protobuf');
});

test('A collector that fails is mentioned once, and no connection notices', async () => {
  await using setting = await setUp();
  await using collector = await startOtlpCollector(400);
  const env = { ...quick, OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, OTEL_TRACES_EXPORTER: 'none' };
  await using proxy = await startProxy([...setting.flags, setting.instance], { env });
  await proxy.waitFor(/cannot send metrics to the OTLP endpoint of OTEL_EXPORTER_OTLP_ENDPOINT: /);
  await until(() => collector.requests.length >= 3);
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
  assert.equal(proxy.output.split('cannot send metrics').length, 2, proxy.output);
  assert.deepEqual(new Set(collector.requests.map(({ path }) => path)), new Set(['/v1/metrics']));
});

test('A collector that is not there delays neither connections nor the end of the proxy', async () => {
  await using setting = await setUp();
  const env = { ...quick, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  await using proxy = await startProxy([...setting.flags, setting.instance], { env });
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
  assert.deepEqual(await proxy.stop(), { code: 143, signal: null });
});

test('OTEL_SDK_DISABLED sends nothing; samplers and protocols that it does not know are named', async () => {
  await using setting = await setUp();
  await using collector = await startOtlpCollector();
  const endpoint = { ...quick, OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin };
  const login = (port: number) => ({ port, ...setting.emulator.superuser });
  {
    await using off = await startProxy([...setting.flags, setting.instance], {
      env: { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    });
    await queryWithPg(login(off.port), 'select 1');
  }
  assert.deepEqual(collector.requests, []);
  {
    await using unsampled = await startProxy([...setting.flags, setting.instance], {
      env: { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_off', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    });
    await unsampled.waitFor('The OTLP protocol grpc is not supported: http/protobuf is used for metrics');
    await queryWithPg(login(unsampled.port), 'select 1');
  }
  // The end of the proxy sends what there still is.
  assert.ok(collector.metrics.length > 0);
  assert.deepEqual(collector.spans, []);
});

test("--telemetry-project sends to Google's endpoint with the proxy's token, the project, prefix and sample rate", async () => {
  await using setting = await setUp();
  await using collector = await startOtlpCollector();
  const env = { ...quick, CLOUDSDK_API_ENDPOINT_OVERRIDES_TELEMETRY: collector.origin };
  const flags = ['--telemetry-project', 'my-project', '--telemetry-prefix', 'payments', '--telemetry-sample-rate', '1'];
  {
    await using proxy = await startProxy([...setting.flags, ...flags, setting.instance], { env });
    await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1');
    await proxy.waitFor('client closed the connection');
  }
  for (const path of ['/v1/traces', '/v1/metrics']) {
    const sent = collector.requests.find((request) => request.path === path) ?? assert.fail(path);
    assert.match(sent.headers.authorization ?? '', /^Bearer \S+$/);
    assert.equal(sent.headers['x-goog-user-project'], 'my-project');
  }
  assert.equal(collector.spans[0]?.resource['gcp.project_id'], 'my-project');
  const names = collector.metrics.map((metric) => metric.name);
  assert.ok(names.includes('payments.alloydbconn_open_connections'), names.join('\n'));
});

test('--disable-traces and --disable-metrics leave out what they name', async () => {
  await using setting = await setUp();
  for (const [flag, left] of [
    ['--disable-traces', '/v1/metrics'],
    ['--disable-metrics', '/v1/traces'],
  ] as const) {
    await using collector = await startOtlpCollector();
    const env = { ...quick, CLOUDSDK_API_ENDPOINT_OVERRIDES_TELEMETRY: collector.origin };
    const flags = ['--telemetry-project', 'my-project', '--telemetry-sample-rate', '1', flag];
    {
      await using proxy = await startProxy([...setting.flags, ...flags, setting.instance], { env });
      await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1');
      await proxy.waitFor('client closed the connection');
    }
    assert.deepEqual(new Set(collector.requests.map(({ path }) => path)), new Set([left]));
  }
});
