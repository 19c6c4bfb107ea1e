// What telemetry is worth counting for, and what is said when Google cannot be told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TelemetryConfig } from '../../config/config.ts';
import type { LogFields } from '../logger.ts';
import { GoogleTarget } from './google-target.ts';
import { sendsMetrics } from './telemetry.ts';

const google: TelemetryConfig = { project: 'p', prefix: '', sampleRate: 1, metrics: true, traces: true };
const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

const cases: readonly (readonly [string, boolean, TelemetryConfig | undefined, NodeJS.ProcessEnv])[] = [
  ['nothing', false, undefined, {}],
  ['both to a collector', true, undefined, collector],
  ['traces alone to a collector', false, undefined, { ...collector, OTEL_METRICS_EXPORTER: 'none' }],
  ['a collector that is switched off', false, undefined, { ...collector, OTEL_SDK_DISABLED: 'true' }],
  ['both to Google', true, google, {}],
  ['traces alone to Google', false, { ...google, metrics: false }, {}],
  ['Google beside an emulator that keeps everything away', false, google, { ALLOYDB_EMULATOR_HOST: '127.0.0.1:1' }],
];
for (const [what, expected, config, env] of cases) {
  test(`sendsMetrics is ${expected} for ${what}`, () => {
    assert.equal(sendsMetrics(config, env), expected);
  });
}

const silent = (): void => undefined;

test('GoogleTarget says once why it has no token, and goes on without', async () => {
  const warnings: string[] = [];
  const warn = (message: string, fields: LogFields = {}): void =>
    void warnings.push(`${message} ${fields['hint'] ?? ''}`);
  const connectorOptions = { credentials: { kind: 'token-command', command: 'echo out of luck >&2; exit 3' } } as const;
  using sending = new GoogleTarget(google, {
    connectorOptions,
    logger: { debug: silent, info: silent, warn, error: silent },
  });
  for (let time = 0; time < 2; time += 1)
    assert.deepEqual(await sending.target.headers?.(), { 'x-goog-user-project': 'p' });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^cannot get a token to send telemetry with: .*out of luck/);
});
