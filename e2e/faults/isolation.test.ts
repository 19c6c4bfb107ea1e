// One proxy, four instances, three of them bad in ways of their own: the fourth serves as if it were alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from 'alloydb-emulator';
import { queryWithPg } from '../support/clients.ts';
import { openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { iamUser, serviceAccount, setUp } from '../support/setting.ts';
import { descriptorsBackAt } from './rig.ts';
import { Workload } from './workload.ts';

const healthy = 'projects/good/locations/us-central1/clusters/c/instances/healthy';
const unreachable = 'projects/good/locations/us-central1/clusters/c/instances/unreachable';
/** In the cluster of the healthy one, whose certificates go on being issued. */
const deleted = 'projects/good/locations/us-central1/clusters/c/instances/deleted';
const forbidden = 'projects/closed/locations/us-central1/clusters/c/instances/forbidden';
// Nothing listens on this loopback address.
const nowhere = '127.9.9.9:5433';

const role = 'roles/alloydb.client';
// A refusal is remembered for ten seconds.
const recoveryLimitMs = 20_000;

/** The order of the instances: the healthy one comes last, so that the start has met all others before. */
const bad = [
  { uri: deleted, sqlState: '3D000', message: /404 NOT_FOUND/, hint: /list/ },
  { uri: forbidden, sqlState: '28000', message: /403 PERMISSION_DENIED/, hint: /add-iam-policy-binding closed / },
  { uri: unreachable, sqlState: '08001', message: /connection refused/, hint: /127\.9\.9\.9:5433/ },
] as const;

test('A bad instance is its own affair', { skip: skipUnlessCounted }, async (t) => {
  await using setting = await setUp({ instances: [healthy, unreachable, forbidden] });
  const { emulator } = setting;
  emulator.revokeRole(serviceAccount, role);
  emulator.grantRole(serviceAccount, { role, on: 'projects/good' });
  const proxy = await setting.startProxy(
    '--auto-iam-authn',
    deleted,
    forbidden,
    `${unreachable}?dial-address=${nowhere}`,
    healthy,
  );
  assert.equal(proxy.ports.length, 4, 'every instance has its listener, whatever its state is');
  const [, forbiddenPort = 0, , healthyPort = 0] = proxy.ports;
  assert.equal(await queryWithPg({ port: healthyPort, user: iamUser }, 'select 1'), 1);
  const descriptors = openDescriptors(proxy.pid);
  await using workload = new Workload({ port: healthyPort, user: iamUser });
  await workload.rounds(20);

  for (const [index, { uri, sqlState, message, hint }] of bad.entries()) {
    await t.test(`Every client of ${nameOf(uri)} is told ${sqlState}, one at a time or many at once`, async () => {
      const login = { port: proxy.ports[index] ?? 0, user: iamUser };
      for (const clients of [1, 20, 1]) {
        const ends = await Promise.allSettled(Array.from({ length: clients }, () => queryWithPg(login, 'select 1')));
        for (const end of ends) {
          assert.equal(end.status, 'rejected');
          const told = end.reason as { readonly code?: string; readonly message?: string; readonly hint?: string };
          assert.equal(told.code, sqlState);
          assert.match(told.message ?? '', message);
          assert.match(told.message ?? '', index === 2 ? /127\.9\.9\.9/ : new RegExp(uri));
          assert.match(told.hint ?? '', hint);
        }
      }
      await workload.rounds(20);
      proxy.assertNoUnhandledError();
    });
  }

  await t.test('The API is asked as often for each instance as that one needs', () => {
    assert.deepEqual([callsFor(emulator, healthy), callsFor(emulator, unreachable)], [1, 1]);
    // At the start, and again once the refusal is old; not for each of 22 clients.
    for (const uri of [deleted, forbidden]) {
      const calls = callsFor(emulator, uri);
      assert.ok(calls >= 1 && calls <= 2, `${nameOf(uri)}: ${calls} calls`);
    }
  });

  await t.test('An instance that is put right serves, without a restart and without the others', async () => {
    emulator.grantRole(serviceAccount, { role, on: 'projects/closed' });
    const deadline = Date.now() + recoveryLimitMs;
    const login = { port: forbiddenPort, user: iamUser };
    while ((await queryWithPg(login, 'select 1').catch(() => undefined)) !== 1) {
      assert.ok(Date.now() < deadline, `not served ${recoveryLimitMs} ms after the role was granted`);
      await sleep(200);
    }
    assert.deepEqual([callsFor(emulator, healthy), callsFor(emulator, unreachable)], [1, 1]);
    await assert.rejects(queryWithPg({ port: proxy.ports[0] ?? 0, user: iamUser }, 'select 1'), { code: '3D000' });
  });

  await workload.rounds(20);
  const { transactions, connections, slowestMs } = workload.figures;
  t.diagnostic(`${transactions} transactions in ${connections} connections, none failed, at most ${slowestMs} ms`);
  await workload.stop();
  await descriptorsBackAt(proxy.pid, descriptors);
});

function callsFor(emulator: Emulator, uri: string): number {
  const { apiCallLog } = emulator.statistics();
  return apiCallLog.filter(({ method, resource }) => method === 'connectionInfo' && resource === uri).length;
}

function nameOf(uri: string): string {
  return uri.replace(/.*\//, '');
}
