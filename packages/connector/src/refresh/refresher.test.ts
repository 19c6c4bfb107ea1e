// One refresh at a time: its limit, its memory of refusals, its delays, its end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheRig } from '../../test/cache-rig.ts';
import { settle } from '../../test/manual-clock.ts';
import { AdminApiError } from '../admin-api/api-error.ts';
import { ConnectorError } from '../errors.ts';
import { Refresher } from './refresher.ts';

const context = { lifeLeftMs: 0 };
const denied = new ConnectorError('ADMIN_API_PERMISSION_DENIED', 'denied');

function setUp() {
  const rig = new CacheRig();
  return { rig, refresher: new Refresher(rig.options) };
}

async function refuse({ rig, refresher }: ReturnType<typeof setUp>): Promise<void> {
  const refreshing = assert.rejects(refresher.refresh(context), denied);
  rig.answers.at(-1)?.reject(denied);
  await refreshing;
}

test('Refresher.refresh remembers a refusal for ten seconds of its clock', async () => {
  const it = setUp();
  await refuse(it);
  await it.rig.clock.advance(9_999);
  await assert.rejects(it.refresher.refresh(context), denied);
  assert.equal(it.rig.answers.length, 1);
  await it.rig.clock.advance(1);
  void it.refresher.refresh(context);
  assert.equal(it.rig.answers.length, 2);
});

test('Refresher.refresh forgets a refusal when the clock is set back or the credentials change', async () => {
  for (const change of [(rig: CacheRig) => rig.clock.jump(-3_600_000), (rig: CacheRig) => (rig.generation += 1)]) {
    const it = setUp();
    await refuse(it);
    change(it.rig);
    void it.refresher.refresh(context);
    // The limiter does not know by how much the clock was set back, and lets one interval pass.
    await it.rig.clock.advance(30_000);
    assert.equal(it.rig.answers.length, 2);
  }
});

test('Refresher.refresh does not remember a failure that may be over by the next call', async () => {
  const { rig, refresher } = setUp();
  const refreshing = assert.rejects(refresher.refresh(context), {
    code: 'ADMIN_API_UNREACHABLE',
    message: 'Cannot refresh connection info of "projects/p": no route',
    instance: 'projects/p',
  });
  rig.answers[0]?.reject(new Error('no route'));
  await refreshing;
  void refresher.refresh(context);
  assert.equal(rig.answers.length, 2);
});

test('Refresher.refresh ends at its limit although the fetch heeds no signal, and aborts it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const rig = new CacheRig();
  let heard: AbortSignal | undefined;
  const fetch = (signal: AbortSignal): Promise<never> => {
    heard = signal;
    return new Promise(() => undefined);
  };
  const refreshing = new Refresher({ ...rig.options, fetch, limitMs: 500 }).refresh(context);
  const failed = assert.rejects(refreshing, { code: 'ADMIN_API_UNREACHABLE', message: /no answer within 0\.5 s$/ });
  t.mock.timers.tick(500);
  await failed;
  assert.equal(heard?.aborted, true);
});

test('Refresher.close ends a refresh that runs and one that waits for its turn', async () => {
  const { rig, refresher } = setUp();
  const refreshing = Array.from({ length: 3 }, () =>
    assert.rejects(refresher.refresh(context), { code: 'CONNECTOR_CLOSED' }),
  );
  await settle();
  assert.equal(rig.answers.length, 2);
  assert.deepEqual(rig.clock.pending, [30_000]);
  refresher.close();
  refresher.close();
  await Promise.all(refreshing);
  assert.deepEqual(rig.clock.pending, []);
  await assert.rejects(refresher.refresh(context), { code: 'CONNECTOR_CLOSED' });
  assert.equal(rig.answers.length, 2);
});

test('Refresher.retryDelayMs grows to a minute by chance, and is never less than the server asks', () => {
  const { rig, refresher } = setUp();
  rig.chance = 1;
  const failure = new Error('no route');
  assert.deepEqual(
    [0, 1, 5, 6, 50].map((failures) => refresher.retryDelayMs(failures, failure)),
    [1_000, 2_000, 32_000, 60_000, 60_000],
  );
  rig.chance = 0;
  assert.equal(refresher.retryDelayMs(3, failure), 0);
  assert.equal(refresher.retryDelayMs(3, unavailableFor(90_000)), 90_000);
});

function unavailableFor(retryAfterMs: number): AdminApiError {
  const status = { httpStatus: 503, status: 'UNAVAILABLE', message: 'later', reason: undefined };
  return new AdminApiError(
    'ADMIN_API_UNAVAILABLE',
    'later',
    { ...status, metadata: {}, fieldViolations: [], retryAfterMs },
    {},
  );
}
