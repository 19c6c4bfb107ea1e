// Every fault in every phase, one after the other, against one proxy that serves a bystander all the time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mebibytes, openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { clientCases } from './client-cases.ts';
import { nameOf } from './fault-case.ts';
import { assertServed, Rig } from './rig.ts';
import { serverCases } from './server-cases.ts';

// What the garbage collector may leave lying about; a session costs a tenth of a mebibyte, and the table has some 200.
const marginBytes = 48 * 1024 * 1024;

const cases = [...serverCases, ...clientCases];
const own = cases.filter(({ place }) => place === 'own');

test('The proxy survives every fault', { skip: skipUnlessCounted }, async (t) => {
  await using rig = await Rig.start(own.length + 2);
  const [shared, ...rest] = rig.places;
  const native = rest.at(-1);
  assert.ok(shared !== undefined && native !== undefined);
  const places = new Map(own.map((faultCase, index) => [faultCase, rest[index] ?? shared]));
  for (let round = 0; round < 20; round += 1) await assertServed(shared);
  await rig.assertSettled();
  rig.rememberCalm();
  const before = { resident: rig.proxy.residentBytes, descriptors: openDescriptors(rig.proxy.pid) };

  for (const faultCase of cases) {
    await t.test(`The proxy survives: ${nameOf(faultCase)}`, async () => {
      await faultCase.run(places.get(faultCase) ?? (faultCase.place === 'native' ? native : shared));
      await rig.assertSettled();
    });
  }

  const grown = rig.proxy.residentBytes - before.resident;
  const { rounds, slowestMs } = rig.bystander.figures;
  t.diagnostic(`${cases.length} faults; resident memory ${mebibytes(before.resident)}, then ${mebibytes(grown)} more`);
  t.diagnostic(`descriptors ${before.descriptors}, then ${openDescriptors(rig.proxy.pid)}`);
  t.diagnostic(`the bystander worked ${rounds} times, at most ${slowestMs} ms`);
  assert.ok(grown < marginBytes, `resident memory grew by ${mebibytes(grown)}`);
});
