// Every fault of a client over local TLS, one after the other, against a proxy that serves an encrypted bystander.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from '../support/free-ports.ts';
import { writeLocalCertificates } from '../support/local-certificates.ts';
import { openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { setUp } from '../support/setting.ts';
import { nameOf } from './fault-case.ts';
import { localTlsCases } from './local-tls-cases.ts';
import { assertServed, instanceUris, Rig } from './rig.ts';

test('The proxy survives every fault of a client over local TLS', { skip: skipUnlessCounted }, async (t) => {
  await using setting = await setUp({ instances: instanceUris(2), serverProxyPort: await freePorts(1) });
  const { flags, caText: ca } = await writeLocalCertificates(setting.folder);
  await using rig = await Rig.over({
    emulator: setting.emulator,
    startProxy: (...args) => setting.startProxy(...flags, ...args),
    ca,
  });
  const [shared] = rig.places;
  assert.ok(shared !== undefined);
  for (let round = 0; round < 10; round += 1) await assertServed(shared);
  await rig.assertSettled();
  rig.rememberCalm();
  const before = openDescriptors(rig.proxy.pid);
  for (const faultCase of localTlsCases) {
    await t.test(`The proxy survives: ${nameOf(faultCase)}`, async () => {
      await faultCase.run(shared);
      await rig.assertSettled();
    });
  }
  const { rounds, slowestMs } = rig.bystander.figures;
  t.diagnostic(`${localTlsCases.length} faults; descriptors ${before}, then ${openDescriptors(rig.proxy.pid)}`);
  t.diagnostic(`the bystander worked ${rounds} times, at most ${slowestMs} ms`);
});
