// Two hundred clients at once cost two calls of the Admin API and no connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';

test('200 clients that come at the same moment are all served by one refresh', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const { port } = await setting.startProxy(instance);
  const { user, password } = emulator.superuser;
  const clients = Array.from({ length: 200 }, (_, index) => queryWithPg({ port, user, password }, `select ${index}`));
  assert.deepEqual(
    await Promise.all(clients),
    Array.from({ length: 200 }, (_, index) => index),
  );
  const { apiCalls } = emulator.statistics();
  assert.deepEqual([apiCalls.connectionInfo, apiCalls.generateClientCertificate], [1, 1]);
});
