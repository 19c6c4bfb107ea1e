// What the connection test says, and when it refuses to start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { testConnections } from './connection-test.ts';
import type { BackendCheck } from './proxy.ts';

const { signal } = new AbortController();

function proxyWith(...checks: readonly BackendCheck[]) {
  return { checkBackends: async () => checks };
}

test('testConnections says the official lines when every instance can be connected', async () => {
  const { logger, lines } = recordLog();
  await testConnections(proxyWith({ instance: 'p.r.c.a', error: undefined }), { logger, signal });
  assert.deepEqual(lines, ['Connection test started', 'Connection test passed']);
});

test('testConnections blames no instance when it is ended early', async () => {
  const { logger, lines } = recordLog();
  const ended = AbortSignal.abort(new Error('the proxy was asked to stop'));
  const proxy = proxyWith({ instance: 'p.r.c.a', error: new Error('aborted') });
  await assert.rejects(testConnections(proxy, { logger, signal: ended }), /asked to stop/);
  assert.deepEqual(lines, ['Connection test started']);
});

test('testConnections refuses to start, with the reason and hint of each instance in the log', async () => {
  const { logger, lines } = recordLog();
  const error = Object.assign(new Error('permission denied'), { hint: 'grant roles/alloydb.client' });
  const proxy = proxyWith({ instance: 'p.r.c.a', error: undefined }, { instance: 'p.r.c.b', error });
  await assert.rejects(testConnections(proxy, { logger, signal }), {
    name: 'StartError',
    message: 'the connection test failed for p.r.c.b',
  });
  const text = lines.join('\n');
  assert.match(text, /^Connection test started\n\[p\.r\.c\.b\] failed to connect to instance: permission denied\n/);
  assert.match(text, /grant roles\/alloydb\.client\n.*Connection test failed$/s);
});
