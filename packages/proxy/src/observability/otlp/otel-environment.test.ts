// The standard variables, one at a time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOtelEnvironment } from './otel-environment.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

/** What is sent, in short, and what is said about it. */
function read(env: NodeJS.ProcessEnv): readonly unknown[] {
  const { target, notices } = readOtelEnvironment(env);
  return [target?.traces?.ratio, target?.metrics?.intervalMs, ...notices];
}

test('readOtelEnvironment sends nothing without an endpoint, nor when the SDK is disabled', () => {
  for (const env of [{}, { OTEL_TRACES_SAMPLER: 'always_on' }, { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }]) {
    assert.deepEqual(readOtelEnvironment(env), { target: undefined, notices: [] });
  }
});

test('readOtelEnvironment sends both to a common endpoint, and one to an endpoint of its own', () => {
  assert.deepEqual(read(endpoint), [1, 60_000]);
  assert.deepEqual(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/t' }), [1, undefined]);
  assert.deepEqual(read({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), [undefined, 60_000]);
});

test('readOtelEnvironment reads samplers and the interval', () => {
  const quarter = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
  assert.deepEqual(read({ ...endpoint, ...quarter, OTEL_METRIC_EXPORT_INTERVAL: '5000' }), [0.25, 5_000]);
  assert.deepEqual(read({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }), [0, 60_000]);
});

for (const [title, env, expected] of [
  ['an exporter', { OTEL_METRICS_EXPORTER: 'prometheus' }, [1, undefined, /OTEL_METRICS_EXPORTER=prometheus is not/]],
  ['a sampler', { OTEL_TRACES_SAMPLER: 'jaeger_remote' }, [1, 60_000, /OTEL_TRACES_SAMPLER=jaeger_remote is not/]],
  [
    'an argument',
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
    [1, 60_000, /OTEL_TRACES_SAMPLER_ARG=2 is not/],
  ],
] as const) {
  test(`readOtelEnvironment names ${title} that it does not know`, () => {
    const [ratio, interval, notice] = read({ ...endpoint, ...env });
    assert.deepEqual([ratio, interval], expected.slice(0, 2));
    assert.match(String(notice), expected[2]);
  });
}
