// Which address is dialled: kinds, AUTO, static connection info, another dial address.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';
import { writeStaticInfo } from './support/static-info.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';
// Reserved for documentation (RFC 5737): nothing answers there.
const nowhere = '192.0.2.1';

test('--public-ip dials the public address, and an instance without one names what it has', async () => {
  await using setting = await setUp({ instances: [{ uri: primary, publicIp: true }, replica] });
  const { emulator } = setting;
  const proxy = await setting.startProxy('--debug-logs', '--public-ip', primary, replica);
  const [first = 0, second = 0] = proxy.ports;
  assert.equal(await queryWithPg({ port: first, ...emulator.superuser }, 'select 1'), 1);
  await proxy.waitFor(`connected to ${emulator.instances[0]?.publicAddress}:5433 directly (PUBLIC was asked for)`);
  await assert.rejects(queryWithPg({ port: second, ...emulator.superuser }, 'select 1'));
  await proxy.waitFor(/it has no PUBLIC address, only: PRIVATE/);
});

test('Static connection info serves several instances for as long as it lasts (W22)', async () => {
  await using setting = await setUp({ instances: [primary, replica] });
  const { emulator } = setting;
  const [a, b] = emulator.instances;
  const file = await writeStaticInfo(setting, {
    [primary]: { ipAddress: a?.address ?? '' },
    [replica]: { ipAddress: b?.address ?? '' },
  });
  const calls = emulator.statistics().apiCalls.connectionInfo;
  const proxy = await setting.startProxy('--static-connection-info', file, primary, replica, `${primary}2`);
  const [first = 0, second = 0, unnamed = 0] = proxy.ports;
  for (const port of [first, second, first]) {
    assert.equal(await queryWithPg({ port, ...emulator.superuser }, 'select 1'), 1);
  }
  await assert.rejects(queryWithPg({ port: unnamed, ...emulator.superuser }, 'select 1'));
  await proxy.waitFor(/the static connection info does not name it/);
  assert.equal(emulator.statistics().apiCalls.connectionInfo, calls, 'the Admin API is not asked');
});

test('An address that static connection info does not have is missing, and localhost is not dialled instead (W22)', async () => {
  await using setting = await setUp();
  const file = await writeStaticInfo(setting, { [primary]: { publicIpAddress: nowhere } });
  const proxy = await setting.startProxy('--static-connection-info', file, primary);
  await assert.rejects(queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'));
  await proxy.waitFor(/it has no PRIVATE address, only: PUBLIC/);
});

test('--auto-ip goes on to the next kind of address when one cannot be reached, and says why', async () => {
  await using setting = await setUp({ instances: [{ uri: primary, publicIp: true }] });
  const publicIpAddress = setting.emulator.instances[0]?.publicAddress ?? assert.fail();
  const file = await writeStaticInfo(setting, { [primary]: { ipAddress: nowhere, publicIpAddress } });
  const proxy = await setting.startProxy('--debug-logs', '--auto-ip', '--static-connection-info', file, primary);
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
  await proxy.waitFor(/AUTO chose PUBLIC after PRIVATE \(192\.0\.2\.1\): /);
});

test('dial-address goes through a tunnel and still checks the certificate of the instance', async () => {
  await using setting = await setUp({ instances: [primary, replica] });
  const { emulator } = setting;
  const tunnel = createServer((client) => {
    const server = connect(5433, emulator.instances[0]?.address ?? '');
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(tunnel, 'listening');
  const { port } = tunnel.address() as AddressInfo;
  const dialAddress = `dial-address=127.0.0.1:${port}`;
  const proxy = await setting.startProxy('--debug-logs', `${primary}?${dialAddress}`, `${replica}?${dialAddress}`);
  const [right = 0, wrong = 0] = proxy.ports;
  assert.equal(await queryWithPg({ port: right, ...emulator.superuser }, 'select 1'), 1);
  await proxy.waitFor(`connected to 127.0.0.1:${port}`);
  await assert.rejects(queryWithPg({ port: wrong, ...emulator.superuser }, 'select 1'));
  await proxy.waitFor(new RegExp(`its certificate is for .*, not for ${emulator.instances[1]?.address}`));
  tunnel.close();
});
