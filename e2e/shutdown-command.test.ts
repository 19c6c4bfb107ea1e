// `shutdown` ends a proxy that lets itself be ended, and says what is missing otherwise.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from './support/free-ports.ts';
import { runProxy } from './support/proxy-process.ts';
import { skipWithoutRefusals, STOP } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

test('shutdown ends the proxy with exit code 0, its own included', async () => {
  await using setting = await setUp();
  const port = String(await freePorts(1));
  const proxy = await setting.startProxy('--quitquitquit', '--admin-port', port, setting.instance);
  // The environment is that of the proxy, and of no concern.
  const env = { ALLOYDB_PROXY_ADMIN_PORT: '1', ALLOYDB_PROXY_UNKNOWN: '1' };
  const { exit, output } = await runProxy(['shutdown', '--admin-port', port], { env });
  assert.deepEqual([exit.code, output], [0, '']);
  assert.deepEqual(await proxy.ended, { code: 0, signal: null });
  assert.ok(proxy.stdout.includes('/quitquitquit received request. Shutting down...'));
});

test('shutdown tells how a proxy lets itself be ended when nobody listens', { skip: skipWithoutRefusals }, async () => {
  const { exit, stderr } = await runProxy(['shutdown', `--admin-port=${await freePorts(1)}`]);
  assert.equal(exit.code, 1);
  assert.match(stderr, /^alloydb-auth-proxy: error: cannot end the proxy at localhost:\d+: connection refused\n/);
  assert.match(stderr, /\nalloydb-auth-proxy: hint: start the proxy with --quitquitquit/);
});

test('shutdown of a port that serves something else changes nothing', async () => {
  await using setting = await setUp();
  const port = String(await freePorts(1));
  const proxy = await setting.startProxy('--health-check', '--http-port', port, setting.instance);
  const { exit, stderr } = await runProxy(['shutdown', '--admin-port', port]);
  assert.equal(exit.code, 1);
  assert.match(stderr, /: HTTP 404: not found\n/);
  assert.deepEqual(await proxy.stop(), STOP.exit);
});
