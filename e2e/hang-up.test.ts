// Clients that leave, or stop sending, while the instance is being dialled (W10, W11).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Client } from 'pg';
import { untilAsleep } from './support/asleep.ts';
import { startupMessage } from './support/postgres-messages.ts';
import { iamUser, setUp } from './support/setting.ts';

test('A client that hangs up during the dial ends the dial', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--auto-iam-authn', instance);
  emulator.addFault({ kind: 'stall-before-reply' });
  const client = connect(proxy.port, '127.0.0.1');
  client.write(startupMessage(iamUser));
  await proxy.waitFor('accepted connection');
  while ((emulator.statistics().connections[instance]?.open ?? 0) === 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  client.end();
  await proxy.waitFor('client closed the connection before the instance was connected');
  while ((emulator.statistics().connections[instance]?.open ?? 0) > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A cancel request whose sender does not wait is delivered all the same', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(setting.instance);
  const { port } = proxy;
  const client = new Client({ host: '127.0.0.1', port, database: 'postgres', ...setting.emulator.superuser });
  await client.connect();
  // What a driver keeps from BackendKeyData; pg has it on the client without a type.
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const sleeping = assert.rejects(client.query('select pg_sleep(60)'), { code: '57014' });
  await untilAsleep({ port, ...setting.emulator.superuser });
  const request = Buffer.alloc(16);
  request.writeUInt32BE(16);
  request.writeUInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const sender = connect(port, '127.0.0.1');
  sender.end(request);
  await once(sender, 'close');
  await sleeping;
  await client.end();
});
