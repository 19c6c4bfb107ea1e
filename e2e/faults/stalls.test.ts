// Whatever stalls while a client is being connected, the client is told when the time limit of a dial is over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../support/free-ports.ts';
import { skipUnlessCounted } from '../support/process-figures.ts';
import { setUp } from '../support/setting.ts';
import { dialPhases } from '../support/wire-link.ts';
import { limitMs, startup } from './phases.ts';
import { assertServed, faultsMet, instanceUris, type Place, Rig } from './rig.ts';
import { credentialWays, startProxyBy } from './token-cases.ts';
import { Victim } from './victim.ts';

const dialLimitMs = 30_000;
const graceMs = 5_000;
const foreverMs = 600_000;
const grant = 'refresh-token';

interface Stall {
  readonly name: string;
  readonly order: (place: Place) => void;
  /** A refresh that hangs has a limit of its own, of a minute, and the next client waits for the same one. */
  readonly serves: 'next' | 'not yet';
}

const emulatorStalls = [
  { kind: 'stall-at-accept' },
  { kind: 'stall-in-handshake' },
  { kind: 'stall-before-reply' },
  { kind: 'slow-reply', byteIntervalMs: dialLimitMs },
] as const;

const stalls: readonly Stall[] = [
  // Certificates are the cluster's: ordered behind others, the stall would be met by a dial of theirs that is a moment late.
  ...(['generateClientCertificate', 'connectionInfo'] as const).map(
    (method): Stall => ({
      name: `Admin API without an answer to ${method}`,
      order: ({ emulator, uri }) => emulator.addFault({ kind: 'api-delay', delayMs: foreverMs, method, instance: uri }),
      serves: 'not yet',
    }),
  ),
  ...emulatorStalls.map(
    (fault): Stall => ({
      name: `server ${fault.kind}`,
      order: ({ emulator, uri }) => emulator.addFault({ ...fault, instance: uri }),
      serves: 'next',
    }),
  ),
  ...dialPhases.map(
    (at): Stall => ({
      name: `network stall in ${at}`,
      order: ({ wire }) => wire.order({ fault: 'stall', at }),
      serves: 'next',
    }),
  ),
];

const tokenLifeMs = 900;

test('A client is told when its dial stalls for too long', { skip: skipUnlessCounted }, async (t) => {
  const startedAt = Date.now();
  await using setting = await setUp({
    instances: instanceUris(stalls.length + 2),
    serverProxyPort: await freePorts(1),
    // Every dial asks for a token anew, for the sake of the stall below.
    tokenLifeMs,
    clock: { now: () => startedAt },
  });
  const { emulator } = setting;
  await using stack = new AsyncDisposableStack();
  const rig = stack.use(await Rig.over({ emulator, startProxy: (...args) => setting.startProxy(...args) }));
  // One token serves all instances: where none is to be had, there must be another proxy, and another way to a token.
  const login =
    credentialWays.find(({ grants }) => grants.includes(grant)) ?? assert.fail(`there is no way by ${grant}`);
  const startProxy = async (...args: readonly string[]) => stack.use(await startProxyBy(login, setting, ...args));
  const tokenless = stack.use(await Rig.over({ emulator, startProxy }));
  await Promise.all([assertServed(placeOf(rig, stalls.length)), assertServed(placeOf(tokenless, stalls.length))]);
  rig.rememberCalm();
  tokenless.rememberCalm();

  const waiting = [];
  for (const [index, { name, order, serves }] of stalls.entries()) {
    const place = placeOf(rig, index);
    order(place);
    waiting.push({ name, place, serves, told: toldInTime(place) });
    // Certificates are the cluster's, so the next dial would meet a stall that is not its own.
    await faultsMet(emulator);
  }
  // The token of the dial before must be over, or this one would do with it.
  await sleep(tokenLifeMs + 200);
  emulator.addFault({ kind: 'token-delay', delayMs: foreverMs, grant });
  const place = placeOf(tokenless, 0);
  waiting.push({ name: 'token endpoint without an answer', place, serves: 'next', told: toldInTime(place) });

  const ends = await Promise.all(waiting.map(async ({ told }) => told));
  for (const [index, { name, place: stalled, serves }] of waiting.entries()) {
    await t.test(`${name}: the client is told`, async () => {
      const { error, afterMs } = ends[index] ?? assert.fail('nothing ended');
      assert.match(error, /C08001\0M/);
      assert.match(error, new RegExp(stalled.uri));
      assert.ok(afterMs < dialLimitMs + graceMs, `told after ${afterMs} ms`);
      if (serves === 'next') await assertServed(stalled);
    });
  }
  for (const each of [rig, tokenless]) each.bystander.assertUnharmed();
  const { rounds, slowestMs } = rig.bystander.figures;
  t.diagnostic(`the bystander worked ${rounds} times, at most ${slowestMs} ms`);
});

function placeOf({ places }: Rig, index: number): Place {
  return places[index] ?? assert.fail(`there is no place ${index}`);
}

async function toldInTime({ port }: Place): Promise<{ readonly error: string; readonly afterMs: number }> {
  const startedAt = performance.now();
  using victim = new Victim(port);
  victim.send(startup);
  assert.equal(await victim.ending(1, dialLimitMs + graceMs + limitMs), 'error');
  return { error: victim.error, afterMs: performance.now() - startedAt };
}
