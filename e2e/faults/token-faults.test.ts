// Every fault of a token endpoint, on every way to a token: the client is told, the next one served, nobody else harmed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from '../support/free-ports.ts';
import { openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { serviceAccount, setUp } from '../support/setting.ts';
import { nameOf } from './fault-case.ts';
import { assertServed, instanceUris, Rig } from './rig.ts';
import { credentialWays, startProxyBy, tokenCases } from './token-cases.ts';

// Below a second, so that the endpoints say "expires in 0 s" and every dial asks for a token anew.
const tokenLifeMs = 900;

const mostOwn = Math.max(
  ...credentialWays.map(({ grants }) => grants.flatMap(tokenCases).filter(({ place }) => place === 'own').length),
);

test('The proxy survives every fault of a token endpoint', { skip: skipUnlessCounted }, async (t) => {
  const startedAt = Date.now();
  await using setting = await setUp({
    instances: instanceUris(mostOwn + 2),
    serverProxyPort: await freePorts(1),
    tokenLifeMs,
    // To the emulator no time passes, so that no token ends on a slow machine between its issue and its use.
    clock: { now: () => startedAt },
    metadataServer: { serviceAccount },
  });
  const { emulator } = setting;
  for (const credentialWay of credentialWays) {
    const { grants } = credentialWay;
    await t.test(grants.join(' and '), async (way) => {
      await using stack = new AsyncDisposableStack();
      const start = async (...args: readonly string[]) =>
        stack.use(await startProxyBy(credentialWay, setting, ...args));
      const rig = stack.use(await Rig.over({ emulator, startProxy: start }));
      const [shared, ...own] = rig.places;
      assert.ok(shared !== undefined);
      for (let round = 0; round < 5; round += 1) await assertServed(shared);
      await rig.assertSettled();
      rig.rememberCalm();
      const before = openDescriptors(rig.proxy.pid);
      let used = 0;
      for (const faultCase of grants.flatMap(tokenCases)) {
        await way.test(`The proxy survives: ${nameOf(faultCase)}`, async () => {
          await faultCase.run(faultCase.place === 'own' ? (own[used++] ?? shared) : shared);
          await rig.assertSettled();
        });
      }
      const { rounds, slowestMs } = rig.bystander.figures;
      way.diagnostic(`descriptors ${before}, then ${openDescriptors(rig.proxy.pid)}`);
      way.diagnostic(`the bystander worked ${rounds} times, at most ${slowestMs} ms`);
    });
  }
});
