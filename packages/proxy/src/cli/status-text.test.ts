// What `status` shows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusReport } from '../http/status-report.ts';
import { age, size, statusText } from './status-text.ts';

const now = 1_000_000_000;
const report: StatusReport = {
  version: '1.2.3',
  newerVersion: '1.3.0',
  pid: 42,
  state: 'serving',
  now,
  startedAt: now - 90_000,
  instances: [
    {
      instance: 'p.r.c.i',
      uri: 'projects/p/locations/r/clusters/c/instances/i',
      listening: { kind: 'tcp', host: '127.0.0.1', port: 5432 },
      certificate: { since: now - 1_000, expiresAt: now + 3_600_000 },
      isRefreshing: false,
      lastRefresh: { at: now - 1_000, succeeded: true, durationMs: 80 },
      lastDial: { at: now - 2_000, succeeded: false, durationMs: 12 },
      lastErrors: [
        { at: now - 2_000, message: 'no route\u001b[2J', code: 'X', hint: 'look at the network', count: 3 },
        { at: now - 9_000, message: 'refused', code: undefined, hint: undefined, count: 1 },
      ],
      sessions: { connected: 1, dialling: 0, waiting: 0 },
      bytesFromClients: 999,
      bytesToClients: 1_500_000,
    },
  ],
  sessions: [
    {
      id: 7,
      instance: 'p.r.c.i',
      client: undefined,
      state: 'connected',
      since: now - 12_000,
      address: '10.0.0.5:5433',
      bytesFromClient: 999,
      bytesToClient: 1_500_000,
    },
  ],
  omittedSessions: 3,
};

test('statusText shows the proxy, its instances, what went wrong last and who is connected', () => {
  assert.equal(
    statusText(report),
    [
      'alloydb-auth-proxy 1.2.3 (pid 42): serving, up for 1 min 30 s; version 1.3.0 is out',
      '',
      'p.r.c.i: listening on 127.0.0.1:5432',
      '  certificate for 1 h more; last refresh succeeded 1 s ago in 80 ms; last dial failed 2 s ago in 12 ms',
      '  sessions: 1 connected, 0 dialling, 0 waiting; 999 B from clients, 1.5 MB to them',
      String.raw`  error 2 s ago, 3 times: no route\u001b[2J`,
      '    hint: look at the network',
      '  error 9 s ago: refused',
      '',
      'ID  INSTANCE  CLIENT       STATE      AGE   FROM   TO',
      '7   p.r.c.i   unix socket  connected  12 s  999 B  1.5 MB',
      'and 3 more',
    ].join('\n'),
  );
});

test('statusText says so when there are no sessions', () => {
  assert.ok(statusText({ ...report, sessions: [], omittedSessions: 0 }).endsWith('\nno sessions'));
});

test('age and size keep to figures that can be read', () => {
  assert.deepEqual([0, 59_999, 60_000, 3_661_000, 90_000_000].map(age), [
    '0 s',
    '59 s',
    '1 min',
    '1 h 1 min',
    '1 d 1 h',
  ]);
  assert.deepEqual([0, 999, 1_000, 2_500_000_000].map(size), ['0 B', '999 B', '1.0 kB', '2.5 GB']);
});
