// What a worker tells of the bytes of its open sessions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SentTraffic } from './messages.ts';
import { TrafficReport } from './traffic-report.ts';

test('TrafficReport tells once in a while what has changed, and nothing of idle or ended sessions', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const told: (readonly SentTraffic[])[] = [];
  const report = new TrafficReport((counts) => told.push(counts));
  const traffic = new Map([1, 2].map((id) => [id, { bytesFromClient: 0, bytesToClient: 0 }]));
  for (const id of traffic.keys()) {
    report.note({
      at: 'connected',
      id,
      instance: 'p.r.c.i',
      dialMs: 1,
      address: '10.0.0.5:5433',
      ipType: 'PRIVATE',
      traffic: () => traffic.get(id) ?? assert.fail('no such session'),
    });
  }
  traffic.set(1, { bytesFromClient: 3, bytesToClient: 5 });
  t.mock.timers.tick(5_000);
  assert.deepEqual(told.splice(0), [[[1, 3, 5]]]);
  t.mock.timers.tick(5_000);
  assert.deepEqual(told, [], 'nothing has gone through since');
  traffic.set(1, { bytesFromClient: 4, bytesToClient: 5 });
  traffic.set(2, { bytesFromClient: 1, bytesToClient: 0 });
  const end = { by: 'client', reason: undefined, error: undefined, durationMs: 1 } as const;
  report.note({ at: 'closed', id: 1, instance: 'p.r.c.i', ...end, bytesFromClient: 4, bytesToClient: 5 });
  t.mock.timers.tick(5_000);
  assert.deepEqual(told, [[[2, 1, 0]]]);
});
