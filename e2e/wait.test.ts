// `wait` beside a proxy that starts, and beside none.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { freePorts } from './support/free-ports.ts';
import { runProxy } from './support/proxy-process.ts';
import { skipWithoutRefusals } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

test('wait ends with 0 and says nothing once the proxy has started, also when it was there first', async () => {
  await using setting = await setUp();
  const port = String(await freePorts(1));
  const first = runProxy(['wait', '--http-port', port]);
  await using proxy = await setting.startProxy('--health-check', '--http-port', port, setting.instance);
  for (const waiting of [await first, await runProxy(['wait', '-m5s', `--http-port=${port}`])]) {
    assert.deepEqual([waiting.exit.code, waiting.output], [0, '']);
  }
  assert.match(proxy.stdout, /has started successfully/);
});

test('wait names the reason of the last answer when the time is over', async () => {
  await using setting = await setUp();
  const port = String(await freePorts(1));
  const unknown = setting.instance.replace('primary', 'primray');
  await using _ = await setting.startProxy('--health-check', '--with-backend-check', '--http-port', port, unknown);
  const { exit, stderr } = await runProxy(['wait', '--max', '5s', '--http-port', port]);
  assert.equal(exit.code, 1);
  assert.match(
    stderr,
    /^alloydb-auth-proxy: error: the proxy at localhost:\d+ has not started within 5s: HTTP 503: cannot connect to local\.us-central1\.demo\.primray/,
  );
  assert.match(stderr, /\nalloydb-auth-proxy: hint: the log of the proxy/);
});

test('wait does not exceed --max before a server that takes connections and never answers (W25)', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const beganMs = performance.now();
  const { exit, stderr } = await runProxy(['wait', '--max=5s', '--http-address=127.0.0.1', `--http-port=${port}`]);
  const tookMs = performance.now() - beganMs;
  server.close();
  assert.equal(exit.code, 1);
  assert.match(stderr, /has not started within 5s: no answer in time\n/);
  // To the millisecond it is tested beside the source; on a busy machine a process alone takes seconds to start.
  assert(tookMs > 4_500 && tookMs < 20_000, `${tookMs} ms`);
});

test('wait reads no environment', { skip: skipWithoutRefusals }, async () => {
  const { exit, stderr } = await runProxy(['wait', '--max', '5s', '--http-port', String(await freePorts(1))], {
    env: { ALLOYDB_PROXY_HTTP_PORT: 'x', ALLOYDB_PROXY_MAX: '1h', ALLOYDB_PROXY_UNKNOWN: '1' },
  });
  assert.equal(exit.code, 1);
  assert.match(stderr, /within 5s: connection refused\n.*--health-check/);
});
