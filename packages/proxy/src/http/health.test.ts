// The health endpoints over real HTTP, in every state that a proxy can be in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, httpRequest } from '../../test/http-request.ts';
import { recordLog } from '../../test/log-recorder.ts';
import type { LifecycleState } from '../proxy/lifecycle.ts';
import type { BackendReport, HealthSource } from './health-source.ts';
import { healthRoutes, refusalCountsForMs } from './health.ts';
import { HttpServer } from './server.ts';

async function setUp({ withBackendCheck = false } = {}) {
  const { logger } = recordLog();
  const backends = { dials: 0, reports: [] as readonly BackendReport[] };
  const proxy = {
    state: 'serving' as LifecycleState,
    lastRefusal: undefined as HealthSource['lastRefusal'],
    checkBackends: async () => {
      backends.dials += 1;
      return backends.reports;
    },
  } satisfies HealthSource;
  const clock = { nowMs: 1_000_000 };
  const routes = healthRoutes({ source: proxy, withBackendCheck, logger, now: () => clock.nowMs });
  const flags = { port: '--http-port' };
  const server = new HttpServer({ host: '127.0.0.1', port: 0, flags, routes, logger });
  const port = Number((await server.start()).split(':')[1]);
  const ask = async (path: string): Promise<string> => {
    const { status, text } = await get(port, path);
    return `${status} ${text}`;
  };
  return { proxy, backends, clock, port, ask, [Symbol.asyncDispose]: () => server.close() };
}

const answers: readonly (readonly [LifecycleState, startup: string, readiness: string])[] = [
  ['starting', '503 not started', '503 not started'],
  ['serving', '200 ok', '200 ok'],
  ['draining', '200 ok', '503 shutting down'],
  ['closing', '200 ok', '503 shutting down'],
  ['stopped', '200 ok', '503 shutting down'],
];

for (const [state, startup, readiness] of answers) {
  test(`healthRoutes while ${state}: /startup ${startup}, /readiness ${readiness}, /liveness 200 ok`, async () => {
    await using it = await setUp({ withBackendCheck: state !== 'serving' });
    it.proxy.state = state;
    assert.equal(await it.ask('/startup'), startup);
    assert.equal(await it.ask('/readiness'), readiness);
    assert.equal(await it.ask('/liveness'), '200 ok');
    assert.equal(it.backends.dials, 0);
  });
}

test('healthRoutes answers HEAD, and 405 to other methods', async () => {
  await using it = await setUp();
  for (const path of ['/startup', '/readiness', '/liveness']) {
    const [head, posted] = await Promise.all(
      ['HEAD', 'POST'].map((method) => httpRequest({ port: it.port, path, method })),
    );
    assert.deepEqual([head?.status, head?.text, posted?.status], [200, '', 405]);
  }
});

test('/startup with the backend check names the instance that cannot be connected', async () => {
  await using it = await setUp({ withBackendCheck: true });
  it.backends.reports = [{ instance: 'p.r.c.i', error: new Error('connection refused') }];
  assert.equal(await it.ask('/startup'), '503 cannot connect to p.r.c.i: connection refused');
  it.backends.reports = [{ instance: 'p.r.c.i', error: undefined }];
  it.clock.nowMs += 10_000;
  assert.equal(await it.ask('/startup'), '200 ok');
});

test('/startup alone dials, and only with the backend check', async () => {
  await using without = await setUp();
  await without.ask('/startup');
  await using it = await setUp({ withBackendCheck: true });
  for (const path of ['/readiness', '/liveness', '/startup', '/startup']) await it.ask(path);
  assert.deepEqual([without.backends.dials, it.backends.dials], [0, 1]);
});

test('/readiness says 503 from a refusal at the limit until none has happened for a while (W12)', async () => {
  await using it = await setUp();
  const refused = '503 max connections (2) exceeded, clients are being refused';
  it.proxy.lastRefusal = { atMs: it.clock.nowMs, what: 'max connections (2) exceeded' };
  assert.equal(await it.ask('/readiness'), refused);
  it.clock.nowMs += refusalCountsForMs - 1;
  assert.equal(await it.ask('/readiness'), refused);
  it.proxy.lastRefusal = { atMs: it.clock.nowMs, what: 'max connections (2) exceeded' };
  it.clock.nowMs += refusalCountsForMs - 1;
  assert.equal(await it.ask('/readiness'), refused);
  it.clock.nowMs += 1;
  assert.equal(await it.ask('/readiness'), '200 ok');
});
