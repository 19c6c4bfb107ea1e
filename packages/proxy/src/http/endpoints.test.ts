// Which servers start, what is said about them, and that they go together.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { get } from '../../test/http-request.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { Metrics } from '../observability/metrics/metrics.ts';
import { ProxyModel } from '../observability/model/proxy-model.ts';
import { portOf } from '../../test/socket-pair.ts';
import { startEndpoints } from './endpoints.ts';
import type { HealthSource } from './health-source.ts';

const source: HealthSource = {
  state: 'serving',
  lastRefusal: undefined,
  checkBackends: async () => [],
};
const off = { http: undefined, health: undefined, prometheus: undefined, admin: undefined };
const http = { host: '127.0.0.1', port: 0 };
const health = { withBackendCheck: false };
const admin = { quitquitquit: true, statusPage: false, debug: false, heapSnapshotFolder: undefined };
const endSession = (): boolean => false;
const runtimeFolder = mkdtempSync(join(tmpdir(), 'admin-secret-'));
const env = { XDG_RUNTIME_DIR: runtimeFolder };
after(() => rmSync(runtimeFolder, { recursive: true }));

function portIn(line: string | undefined): number {
  return Number(line?.split(':').at(-1));
}

test('startEndpoints opens nothing unless asked', async () => {
  const { logger, lines } = recordLog();
  const endpoints = await startEndpoints({ config: off, source, metrics: undefined, logger, onQuit, endSession, env });
  await endpoints[Symbol.asyncDispose]();
  assert.deepEqual(lines, []);
});

test('startEndpoints says the official lines with the real ports, and closes all at the end', async () => {
  const { logger, lines } = recordLog();
  const config = { ...off, http, health, admin: { ...admin, port: 0 } };
  const endpoints = await startEndpoints({ config, source, metrics: undefined, logger, onQuit, endSession, env });
  const said = lines.filter((line) => / at /.test(line));
  assert.match(said[0] ?? '', /^Starting health check server at 127\.0\.0\.1:\d+$/);
  assert.match(said[1] ?? '', /^Enabling quitquitquit endpoint at localhost:\d+$/);
  const [healthPort, adminPort] = said.map(portIn);
  assert.equal((await get(healthPort ?? 0, '/liveness')).status, 200);
  assert.equal((await get(adminPort ?? 0, '/liveness')).status, 404);
  await endpoints[Symbol.asyncDispose]();
  await assert.rejects(get(healthPort ?? 0, '/liveness'), { code: 'ECONNREFUSED' });
  await assert.rejects(get(adminPort ?? 0, '/quitquitquit'), { code: 'ECONNREFUSED' });
});

test('startEndpoints closes the first server when the second cannot listen', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { logger, lines } = recordLog();
  const config = { ...off, http, health, admin: { ...admin, port: portOf(holder) } };
  await assert.rejects(
    startEndpoints({ config, source, metrics: undefined, logger, onQuit, endSession, env }),
    /cannot listen on 127\.0\.0\.1:\d+: address/,
  );
  await assert.rejects(get(portIn(lines[0]), '/liveness'), { code: 'ECONNREFUSED' });
  holder.close();
});

test('startEndpoints serves metrics without the health endpoints when only they are asked for', async () => {
  const { logger, lines } = recordLog();
  using model = new ProxyModel({ instances: [] });
  using metrics = new Metrics(model);
  const config = { ...off, http, prometheus: { namespace: 'payments' } };
  await using _ = await startEndpoints({ config, source, metrics, logger, onQuit, endSession, env });
  const port = Number(/^Serving metrics at http:\/\/127\.0\.0\.1:(\d+)\/metrics$/.exec(lines[0] ?? '')?.[1]);
  const { status, headers, text } = await get(port, '/metrics');
  assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  assert.match(text, /^payments_alloydb_proxy_build_info\{version="/m);
  assert.equal((await get(port, '/liveness')).status, 404);
});

function onQuit(): void {
  assert.fail('nobody asked to quit');
}
