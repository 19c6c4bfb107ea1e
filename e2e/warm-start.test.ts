// Certificates are fetched at start, before the first client, unless refresh is lazy (W27).

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';

test('The first client finds a certificate ready', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--debug-logs', instance);
  await proxy.waitFor('connection info refreshed, certificate expires at');
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  assert.equal(emulator.statistics().apiCalls.generateClientCertificate, 1);
});

test('An instance that cannot be had is reported at start and does not keep its neighbour from serving', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance.replace('primary', 'missing'), instance);
  await proxy.waitFor(/\[local\.us-central1\.demo\.missing\] refresh failed: .*404 NOT_FOUND/);
  assert.equal(await queryWithPg({ port: proxy.ports[1] ?? 0, ...emulator.superuser }, 'select 1'), 1);
});

test('--lazy-refresh asks for nothing until a client comes', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--lazy-refresh', instance);
  // Longer than the second over which warming is spread.
  await sleep(1_500);
  assert.equal(emulator.statistics().apiCalls.generateClientCertificate, 0);
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
});
