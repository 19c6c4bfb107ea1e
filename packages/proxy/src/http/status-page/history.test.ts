// Samples from a model that real events have filled, with a clock that the test sets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyModel } from '../../observability/model/proxy-model.ts';
import { publishSession } from '../../proxy/session-events.ts';
import { History } from './history.ts';

test('History tells rates between samples, keeps fifteen minutes, and ends its timer', () => {
  const clock = { now: 0 };
  const timer = { tick: (): void => undefined, isEnded: false };
  using model = new ProxyModel({ instances: ['projects/p/locations/r/clusters/c/instances/i'] });
  const history = new History({
    model,
    now: () => clock.now,
    setTimer: (everyMs, callback) => {
      timer.tick = () => {
        clock.now += everyMs;
        callback();
      };
      return () => (timer.isEnded = true);
    },
  });
  let bytesToClient = 0;
  const traffic = () => ({ bytesFromClient: 0, bytesToClient });
  const session = { id: 1, instance: 'p.r.c.i' };
  publishSession({ at: 'accepted', ...session, client: undefined });
  publishSession({ at: 'connected', ...session, dialMs: 1, address: '10.0.0.5:5433', ipType: 'PRIVATE', traffic });
  bytesToClient = 50_000;
  timer.tick();
  timer.tick();
  assert.deepEqual(
    history.since(0).map(({ at, toClientsPerSecond }) => [at, toClientsPerSecond]),
    [
      [5_000, 10_000],
      [10_000, 0],
    ],
  );
  for (let count = 0; count < 200; count += 1) timer.tick();
  assert.equal(history.since(0).length, 180);
  assert.equal(history.since(clock.now - 5_000).length, 1);
  history[Symbol.dispose]();
  assert.ok(timer.isEnded);
});
