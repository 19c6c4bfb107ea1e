// What of the configuration the connector is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../../test/proxy-config.ts';
import { connectorOptions } from './connector-options.ts';

test('connectorOptions leaves everything that nobody set, and that has no default here, to the connector', () => {
  assert.deepEqual(connectorOptions(configOf(), { userAgent: 'proxy/1' }), {
    credentials: { kind: 'adc' },
    userAgent: 'proxy/1',
    httpConnect: false,
    allowRemoteEmulator: false,
    dialTimeoutMs: 30_000,
    keepAliveMs: 30_000,
    refresh: { strategy: 'ahead' },
  });
});

test('connectorOptions passes on what was set', () => {
  const config = configOf(
    '--token=secret',
    '--login-token=login',
    '--impersonate-service-account=target@p.iam.gserviceaccount.com,other@p.iam.gserviceaccount.com',
    '--alloydbadmin-api-endpoint=http://127.0.0.1:1/',
    '--quota-project=payer',
    '--lazy-refresh',
    '--http-connect',
    '--dial-timeout=1m30s',
    '--keepalive=0',
  );
  assert.deepEqual(connectorOptions(config, { userAgent: 'proxy/1' }), {
    credentials: { kind: 'token', token: 'secret' },
    loginToken: 'login',
    impersonate: { target: 'target@p.iam.gserviceaccount.com', delegates: ['other@p.iam.gserviceaccount.com'] },
    adminApiEndpoint: 'http://127.0.0.1:1',
    quotaProject: 'payer',
    refresh: { strategy: 'lazy' },
    httpConnect: true,
    allowRemoteEmulator: false,
    dialTimeoutMs: 90_000,
    keepAliveMs: 0,
    userAgent: 'proxy/1',
  });
});

test('connectorOptions passes on the universe and the file that replaces the API', () => {
  const config = { ...configOf('--universe-domain=example.com'), staticConnectionInfo: '/static.json' };
  const { universeDomain, staticConnectionInfo } = connectorOptions(config, { userAgent: 'proxy/1' });
  assert.deepEqual([universeDomain, staticConnectionInfo], ['example.com', '/static.json']);
});

test('connectorOptions passes on timings of the refresh, but leaves its strategy to the configuration', () => {
  const refresh = { bufferMs: 1000, rate: { intervalMs: 100 } };
  assert.deepEqual(connectorOptions(configOf('--lazy-refresh'), { userAgent: 'proxy/1', refresh }).refresh, {
    ...refresh,
    strategy: 'lazy',
  });
});
