// --idle-exit: the proxy ends by itself when it is no longer needed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startProxy } from './support/proxy-process.ts';
import { iamUser, setUp } from './support/setting.ts';

const line = 'No client has been connected for 3s. Shutting down...';

test('--idle-exit ends the proxy with 0 when nobody ever comes', async () => {
  await using setting = await setUp();
  // Delays after a signal are kept here too.
  const flags = ['--idle-exit=3s', '--min-sigterm-delay=500ms', '--max-sigterm-delay=60s'];
  const proxy = await startProxy([...setting.flags, ...flags, setting.instance]);
  assert.deepEqual(await proxy.ended, { code: 0, signal: null });
  assert.ok(proxy.stdout.includes(line), proxy.output);
  proxy.assertNoUnhandledError();
});

test('--idle-exit waits while a client is there, however idle it is', async () => {
  await using setting = await setUp();
  const proxy = await startProxy([...setting.flags, '--idle-exit=3s', '-i', setting.instance]);
  const client = new Client({ host: '127.0.0.1', port: proxy.port, user: iamUser, database: 'postgres' });
  await client.connect();
  await sleep(4_500);
  assert.equal((await client.query('select 1 as n')).rowCount, 1);
  const leftAt = performance.now();
  await client.end();
  assert.deepEqual(await proxy.ended, { code: 0, signal: null });
  assert.ok(performance.now() - leftAt >= 2_900, 'it counts anew');
  assert.ok(proxy.stdout.includes(line), proxy.output);
  proxy.assertNoUnhandledError();
});
