// What the model makes of the events of a process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConnectorError,
  type DialEvent,
  dialChannel,
  type RefreshEvent,
  refreshChannel,
  tokenChannel,
} from 'alloydb-connector';
import { publishLifecycle } from '../../proxy/lifecycle-events.ts';
import { publishSession } from '../../proxy/session-events.ts';
import { publishWarm } from '../../proxy/warm-events.ts';
import { publishWorker } from '../../workers/worker-events.ts';
import { ProxyModel } from './proxy-model.ts';

const uri = 'projects/p/locations/r/clusters/c/instances/i';
const instance = 'p.r.c.i';

function setUp() {
  const clock = { now: 1_000_000 };
  const model = new ProxyModel({ instances: [uri], now: () => clock.now });
  return { clock, model, of: () => model.instances.get(instance) ?? assert.fail('no instance') };
}

function refresh(event: Partial<RefreshEvent>): void {
  refreshChannel.publish({ instance: uri, durationMs: 120, ...event });
}

function dial(event: Partial<DialEvent>): void {
  dialChannel.publish({ instance: uri, phases: [], startedAt: 0, durationMs: 12, ...event });
}

test('ProxyModel follows a certificate, and keeps its end when the next refresh fails', () => {
  const { clock, model, of } = setUp();
  using _ = model;
  assert.equal(of().certificateExpiresAt, undefined);
  refresh({ at: 'started' });
  assert.equal(of().isRefreshing, true);
  refresh({ at: 'succeeded', certificateExpiresAt: 5_000_000 });
  clock.now += 500;
  const error = new ConnectorError('ADMIN_API_NOT_FOUND', 'no such instance', { hint: 'look again' });
  refresh({ at: 'failed', error, certificateLifeLeftMs: 1 });
  assert.deepEqual(
    [of().certificateExpiresAt, of().certificateSince, of().refreshSuccesses, [...of().refreshFailures]],
    [5_000_000, 1_000_000, 1, [['ADMIN_API_NOT_FOUND', 1]]],
  );
  const problem = { at: 1_000_500, message: 'no such instance', code: 'ADMIN_API_NOT_FOUND', hint: 'look again' };
  assert.deepEqual(
    [of().lastRefresh, of().lastError],
    [
      { at: 1_000_500, durationMs: 120, problem },
      { ...problem, count: 1 },
    ],
  );
});

test('ProxyModel counts dials and their phases, and leaves those that were given up out of both', () => {
  const { model, of } = setUp();
  using _ = model;
  const phase = { startedAt: 0, durationMs: 4, address: undefined };
  dial({ at: 'succeeded', phases: [{ ...phase, phase: 'tls', isFailed: false }] });
  dial({
    at: 'failed',
    error: new ConnectorError('TLS_FAILED', 'no'),
    phases: [{ ...phase, phase: 'tls', isFailed: true }],
  });
  dial({ at: 'aborted' });
  assert.deepEqual([of().dialLatencyMs.count, of().dialFailures, of().dialPhases.get('tls')?.count], [1, 1, 1]);
  assert.equal(of().lastDial?.problem?.code, 'TLS_FAILED');
});

test('ProxyModel follows a session through the queue to its end, and counts bytes while it lasts', () => {
  const { model, of } = setUp();
  using _ = model;
  const session = { id: 1, instance };
  const counts = () => (['waiting', 'dialling', 'connected'] as const).map((at) => model.count(instance, at));
  publishSession({ ...session, at: 'accepted', client: undefined });
  assert.deepEqual(counts(), [0, 1, 0]);
  publishSession({ ...session, at: 'waiting' });
  assert.deepEqual(counts(), [1, 0, 0]);
  publishSession({ ...session, at: 'admitted', waitedMs: 50 });
  const traffic = { bytesFromClient: 0, bytesToClient: 0 };
  const connected = { dialMs: 5, address: '10.0.0.5:5433', ipType: 'PRIVATE', traffic: () => traffic } as const;
  publishSession({ ...session, at: 'connected', ...connected });
  assert.deepEqual([counts(), of().opened, of().queueWait.count], [[0, 0, 1], 1, 1]);
  traffic.bytesFromClient = 7;
  assert.deepEqual(model.traffic(of()), { bytesFromClient: 7, bytesToClient: 0 });
  const end = { by: 'client', reason: undefined, error: undefined, durationMs: 2_000 } as const;
  publishSession({ ...session, at: 'closed', ...end, bytesFromClient: 9, bytesToClient: 3 });
  assert.deepEqual([counts(), of().closed.of('client finished'), of().closed.total], [[0, 0, 0], 1, 1]);
  assert.deepEqual(model.traffic(of()), { bytesFromClient: 9, bytesToClient: 3 });
});

test('ProxyModel counts refusals by reason, and forgets sessions that are refused, fail or leave', () => {
  const { model, of } = setUp();
  using _ = model;
  for (const id of [1, 2, 3]) publishSession({ id, instance, at: 'accepted', client: undefined });
  publishSession({ id: 1, instance, at: 'refused', reason: 'max-connections' });
  publishSession({ id: 2, instance, at: 'failed', error: new Error('no'), durationMs: 1 });
  publishSession({ id: 3, instance, at: 'left', by: 'client', durationMs: 1 });
  publishSession({ id: 4, instance, at: 'refused', reason: 'local-tls' });
  const { refused } = of();
  assert.deepEqual([refused.of('max-connections'), refused.of('local-tls'), refused.total], [1, 1, 2]);
  assert.equal(model.sessions.size, 0);
});

test('ProxyModel knows where clients come in, and the state of the proxy, until it is disposed of', () => {
  const { model, of } = setUp();
  const place = { kind: 'tcp', host: '127.0.0.1', port: 5432 } as const;
  publishLifecycle({ at: 'listening', instance, uri, place });
  publishLifecycle({ at: 'state', state: 'serving' });
  assert.deepEqual([of().place, model.state], [place, 'serving']);
  publishLifecycle({ at: 'not-listening', instance, uri, place });
  tokenChannel.publish({ at: 'renewed', durationMs: 1, expiresAt: undefined });
  assert.deepEqual([of().place, model.tokenRenewals], [undefined, 1]);
  model[Symbol.dispose]();
  publishLifecycle({ at: 'state', state: 'stopped' });
  assert.equal(model.state, 'serving');
});

test('ProxyModel keeps nothing of an instance that was listened for and never used', () => {
  const { model } = setUp();
  using _ = model;
  const place = { kind: 'unix', folder: '/tmp/p.r.c.j' } as const;
  const other = { instance: 'p.r.c.j', uri: uri.replace(/i$/, 'j'), place } as const;
  publishLifecycle({ at: 'listening', ...other });
  assert.deepEqual([...model.instances.keys()], [instance, other.instance]);
  publishLifecycle({ at: 'not-listening', ...other });
  assert.deepEqual([...model.instances.keys()], [instance]);
  publishLifecycle({ at: 'listening', ...other });
  refreshChannel.publish({ instance: other.uri, durationMs: 1, at: 'succeeded', certificateExpiresAt: 5_000_000 });
  publishLifecycle({ at: 'not-listening', ...other });
  assert.equal(model.instances.get(other.instance)?.refreshSuccesses, 1, 'what was counted stays');
});

test('ProxyModel counts connections that are kept warm, and their dials not as those of clients', () => {
  const { model, of } = setUp();
  using _ = model;
  dial({ at: 'succeeded', reference: 'warm' });
  for (let made = 0; made < 3; made += 1) publishWarm({ at: 'made', instance, dialMs: 12 });
  publishWarm({ at: 'used', instance, ageMs: 5 });
  publishWarm({ at: 'ended', instance, why: 'expired' });
  publishWarm({ at: 'missed', instance });
  publishWarm({ at: 'failed', instance, error: new Error('no route') });
  const { kept, used, missed, failed, ended } = of().warm;
  assert.deepEqual({ kept, used, missed, failed }, { kept: 1, used: 1, missed: 1, failed: 1 });
  assert.equal(ended.of('expired'), 1);
  assert.equal(of().lastError?.message, 'no route');
  assert.equal(of().dialLatencyMs.count, 0);
});

test('ProxyModel knows how many workers run, and what went down with those that died', () => {
  const { model } = setUp();
  using _ = model;
  for (const worker of [1, 2, 3]) publishWorker({ at: 'started', worker, pid: 100 + worker });
  publishWorker({ at: 'died', worker: 1, pid: 101, lostSessions: 4 });
  publishWorker({ at: 'ended', worker: 2, pid: 102 });
  const { running, started, died, lostSessions } = model.workers;
  assert.deepEqual({ running, started, died, lostSessions }, { running: 1, started: 3, died: 1, lostSessions: 4 });
});
