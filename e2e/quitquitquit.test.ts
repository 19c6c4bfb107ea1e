// /quitquitquit ends a running proxy, for those who may ask.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { askHealth, askToQuit, healthFlags, quitFlags } from './support/endpoints.ts';
import { setUp } from './support/setting.ts';

for (const method of ['POST', 'GET']) {
  test(`${method} /quitquitquit is answered and ends the proxy with exit code 0`, async () => {
    await using setting = await setUp();
    const proxy = await setting.startProxy(...quitFlags, setting.instance);
    assert.equal(await askToQuit(proxy, { method }), 200);
    assert.deepEqual(await proxy.ended, { code: 0, signal: null });
    assert.ok(proxy.stdout.includes('/quitquitquit received request. Shutting down...'));
  });
}

test('/quitquitquit does not obey a web page (W24)', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...quitFlags, setting.instance);
  const headers: readonly Record<string, string>[] = [
    { origin: 'https://attacker.example' },
    { 'sec-fetch-site': 'cross-site' },
    { referer: 'https://attacker.example/' },
  ];
  for (const each of headers) assert.equal(await askToQuit(proxy, { headers: each }), 403);
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
});

test('/quitquitquit waits for open connections as --max-sigterm-delay says, and they go on meanwhile', async () => {
  await using setting = await setUp();
  const flags = [...quitFlags, ...healthFlags, '--max-sigterm-delay', '60s'];
  const proxy = await setting.startProxy(...flags, setting.instance);
  const client = openPostgresJs({ port: proxy.port, ...setting.emulator.superuser });
  await client`select 1`;
  assert.equal(await askToQuit(proxy), 200);
  assert.equal(await askHealth(proxy, '/readiness'), '503 shutting down');
  assert.equal((await client`select 1 as one`)[0]?.['one'], 1);
  await client.end();
  assert.deepEqual(await proxy.ended, { code: 0, signal: null });
});
