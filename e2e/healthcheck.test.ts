// `healthcheck` as a container runs it: no shell, no arguments, the environment of the proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from './support/free-ports.ts';
import { ProxyProcess, runProxy } from './support/proxy-process.ts';
import { skipWithoutRefusals, skipWithoutStop, STOP } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

test('healthcheck without arguments follows the environment of the proxy, an address for all included', async () => {
  await using setting = await setUp();
  const env = {
    ALLOYDB_PROXY_HEALTH_CHECK: 'true',
    ALLOYDB_PROXY_HTTP_ADDRESS: '0.0.0.0',
    ALLOYDB_PROXY_HTTP_PORT: String(await freePorts(1)),
  };
  await using proxy = new ProxyProcess([...setting.flags, setting.instance], { env });
  await proxy.waitFor('has started successfully');
  const { exit, output } = await runProxy(['healthcheck'], { env });
  assert.deepEqual([exit.code, output], [0, '']);
});

test('healthcheck says 1 and why from the first signal on', { skip: skipWithoutStop }, async () => {
  await using setting = await setUp();
  const port = String(await freePorts(1));
  const flags = ['--health-check', '--http-port', port, '--min-sigterm-delay', '60s'];
  const proxy = await setting.startProxy(...flags, setting.instance);
  assert.equal((await runProxy(['healthcheck', '--http-port', port])).exit.code, 0);
  proxy.signal(STOP.signal);
  await proxy.waitFor(`${STOP.signal} signal received. Shutting down...`);
  const { exit, stderr } = await runProxy(['healthcheck', '--http-port', port]);
  assert.equal(exit.code, 1);
  assert.match(
    stderr,
    /^alloydb-auth-proxy: error: the proxy at localhost:\d+ is not ready: HTTP 503: shutting down\n/,
  );
  assert.deepEqual(await proxy.stop('SIGINT'), STOP.exit);
});

test('healthcheck says 1 when there is no proxy', { skip: skipWithoutRefusals }, async () => {
  const { exit, stderr } = await runProxy(['healthcheck', '--http-port', String(await freePorts(1))]);
  assert.equal(exit.code, 1);
  assert.match(
    stderr,
    /is not ready: connection refused\nalloydb-auth-proxy: hint: start the proxy with --health-check/,
  );
});
