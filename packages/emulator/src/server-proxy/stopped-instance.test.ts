// Tests that an instance which is stopped refuses connections at an address that stays its own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import type { Emulator } from '../emulator.ts';
import { startEmulator } from '../start-emulator.ts';
import { ownPort } from '../testing/own-port.ts';
import { callApi, firstInstance, openSession } from '../testing/emulator-client.ts';
import { listenOnOwnAddress, stopListening } from './loopback-address.ts';

const ACCOUNT = 'app@local.iam.gserviceaccount.com';
const INSTANCE = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
let emulator: Emulator;
let token: string;

before(async () => {
  // This file's own servers are the only ones that could take the address.
  const port = await ownPort();
  emulator = await startEmulator({
    serverProxyPort: port,
    instances: [{ uri: INSTANCE, publicIp: true, requireConnectors: true, connectionPooling: true }],
  });
  emulator.grantRole(ACCOUNT, 'roles/alloydb.viewer');
  token = emulator.mintToken(ACCOUNT);
});
after(async () => emulator.close());

async function outcomeOf(address: string, port: number): Promise<string> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.destroy();
  }
}

async function view(): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await callApi(emulator, { path: `/v1/${INSTANCE}`, token });
  return body as Readonly<Record<string, unknown>>;
}

test('a stopped instance ends its sessions and refuses new ones, until it is ready again', async () => {
  const { address, port, publicAddress = '', publicPort = 0 } = firstInstance(emulator);
  const session = await openSession(emulator, { token });
  // Nobody sees the end of what nobody reads.
  session
    .on('error', () => {})
    .on('end', () => session.destroy())
    .resume();
  const ended = once(session, 'close');
  await emulator.setInstanceState({ instance: INSTANCE, state: 'STOPPED' });
  await ended;
  assert.equal((await view()).state, 'STOPPED');
  assert.equal(await outcomeOf(address, port), 'ECONNREFUSED');
  assert.equal(await outcomeOf(publicAddress, publicPort), 'ECONNREFUSED');
  const info = await callApi(emulator, { path: `/v1/${INSTANCE}/connectionInfo`, token });
  assert.equal((info.body as { ipAddress: string }).ipAddress, address);

  // Saying it twice changes nothing, and whoever looks for an address meanwhile gets another.
  await emulator.setInstanceState({ instance: INSTANCE, state: 'STOPPED' });
  const other = createServer();
  if (process.platform !== 'darwin') {
    const place = await listenOnOwnAddress(other, port);
    assert.ok(![address, publicAddress].includes(place.address));
    await stopListening(other);
  }

  await emulator.setInstanceState({ instance: INSTANCE, state: 'READY' });
  assert.equal(await outcomeOf(publicAddress, publicPort), 'connected');
  (await openSession(emulator, { token })).destroy();
});

test('any other state is only told', async () => {
  const { address, port } = firstInstance(emulator);
  await emulator.setInstanceState({ instance: INSTANCE, state: 'MAINTENANCE' });
  assert.equal(await outcomeOf(address, port), 'connected');
  await emulator.setInstanceState({ instance: INSTANCE, state: 'READY' });
});

test('the API tells what the instance requires of its clients', async () => {
  const { clientConnectionConfig, connectionPoolConfig } = await view();
  assert.equal((clientConnectionConfig as { requireConnectors: boolean }).requireConnectors, true);
  assert.deepEqual(connectionPoolConfig, { enabled: true });
});

test('Emulator.setInstanceState refuses instances and states that there are not', async () => {
  const unknown = { instance: `${INSTANCE}x`, state: 'READY' } as const;
  await assert.rejects(emulator.setInstanceState(unknown), { code: 'UNKNOWN_INSTANCE' });
  const strange = JSON.parse('"READIER"') as 'READY';
  await assert.rejects(emulator.setInstanceState({ instance: INSTANCE, state: strange }), {
    code: 'INVALID_OPTION',
    hint: /READY, STOPPED/,
  });
});

test('an emulator can be closed while its instance is stopped', async () => {
  await emulator.setInstanceState({ instance: INSTANCE, state: 'STOPPED' });
  await emulator.close();
});
