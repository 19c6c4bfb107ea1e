// Two instances on consecutive ports, each reached through its own server-side proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { ProxyProcess } from './support/proxy-process.ts';
import { freePorts } from './support/free-ports.ts';
import { setUp } from './support/setting.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';
const elsewhere = 'projects/google.com:local/locations/europe-west1/clusters/other/instances/primary';

test('Instances of two clusters are served at once, each by its own server', async () => {
  await using setting = await setUp({ instances: [primary, replica, elsewhere] });
  const proxy = await setting.startProxy(primary, replica, elsewhere);
  const { user, password } = setting.emulator.superuser;
  assert.equal(proxy.ports.length, 3);
  await Promise.all(proxy.ports.map((port) => queryWithPg({ port, user, password }, 'select 1')));
  const { connections } = setting.emulator.statistics();
  for (const instance of [primary, replica, elsewhere]) assert.equal(connections[instance]?.authorized, 1, instance);
});

test('Instances without a port of their own listen on consecutive ports from --port on', async () => {
  await using setting = await setUp({ instances: [primary, replica, elsewhere] });
  const base = await freePorts(2);
  const far = await freePorts(1);
  await using proxy = new ProxyProcess(
    [...setting.flags.slice(0, -2), '--port', String(base), primary, `${replica}?port=${far}`, elsewhere],
    {},
  );
  await proxy.waitFor('ready for new connections!');
  assert.deepEqual(proxy.ports, [base, far, base + 1]);
});
