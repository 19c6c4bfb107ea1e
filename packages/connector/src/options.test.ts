// Options: defaults and refusals.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resolveOptions, version } from './options.ts';

const credentials = { kind: 'token', token: 'abc' } as const;

test('resolveOptions fills in the documented defaults', () => {
  const { adminApiEndpoint, dialTimeoutMs, userAgent } = resolveOptions({ credentials });
  assert.equal(adminApiEndpoint, 'https://alloydb.googleapis.com');
  assert.equal(dialTimeoutMs, 30_000);
  assert.equal(userAgent, `alloydb-connector-node/${version}`);
});

test('resolveOptions pins the refresh figures of the official connectors', () => {
  assert.deepEqual(resolveOptions({ credentials }).refresh, {
    strategy: 'ahead',
    bufferMs: 240_000,
    certificateDurationMs: 3_600_000,
    rate: { intervalMs: 30_000, burst: 2 },
    wallClockCheckMs: 60_000,
  });
});

test('resolveOptions drops the trailing slash of an endpoint and puts other products behind its own', () => {
  const options = resolveOptions({ credentials, adminApiEndpoint: 'http://localhost:1234/', userAgent: 'app/2' });
  assert.equal(options.adminApiEndpoint, 'http://localhost:1234');
  assert.equal(options.userAgent, `alloydb-connector-node/${version} app/2`);
});

test('resolveOptions refuses what cannot be used', () => {
  for (const bad of [
    { adminApiEndpoint: 'alloydb' },
    { adminApiEndpoint: 'ftp://x' },
    { dialTimeoutMs: 0 },
    { dialTimeoutMs: Number.NaN },
    { keepAliveMs: -1 },
  ]) {
    assert.throws(() => resolveOptions({ credentials, ...bad }), { code: 'INVALID_OPTION' });
  }
});

test('version is the one of package.json', () => {
  const url = new URL('../package.json', import.meta.url);
  assert.equal(version, (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version);
});
