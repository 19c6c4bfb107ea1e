// Faults on the client's side, in every phase that its connection goes through.

import { dialPhases } from '../support/wire-link.ts';
import { type Expected, type FaultCase, strikeIn } from './fault-case.ts';
import { limitMs, type Phase, sessionPhases, startup } from './phases.ts';
import { assertServed, type Place } from './rig.ts';
import { Victim } from './victim.ts';

interface ClientFault {
  readonly name: string;
  readonly strike: (victim: Victim) => void;
  /** What the client itself still hears, where it listens. */
  readonly expected: Expected;
}

const faults: readonly ClientFault[] = [
  { name: 'reset', strike: (victim) => victim.reset(), expected: 'any end' },
  { name: 'FIN', strike: (victim) => victim[Symbol.dispose](), expected: 'any end' },
  { name: 'half-close', strike: (victim) => victim.halfClose(), expected: 'any end' },
  { name: 'stall', strike: (victim) => victim.stall(), expected: 'nothing' },
];

// A query that was sent whole is answered whole, whether or not its client goes on sending.
const served = new Set(['mid-query', 'mid-COPY out']);

const inSession: readonly FaultCase[] = faults.flatMap(({ name, strike, expected }) =>
  sessionPhases.map((phase) => ({
    name: `client ${name} in ${phase.name}`,
    place: 'shared',
    run: async (place) =>
      strikeIn(phase, place, {
        strike,
        expected: name === 'half-close' && served.has(phase.name) ? 'complete' : expected,
      }),
  })),
);

const drips: readonly FaultCase[] = sessionPhases
  .filter(({ rest }) => rest.length > 0)
  .map((phase: Phase) => ({
    name: `client drip in ${phase.name}`,
    place: 'shared',
    run: async (place) =>
      strikeIn(phase, place, { strike: async (victim) => victim.drip(phase.rest), expected: 'complete' }),
  }));

/** The server stalls in the phase, so that the proxy is in the middle of its dial when the client acts. */
const inDial: readonly FaultCase[] = faults.flatMap((fault) =>
  dialPhases.map((at) => ({
    name: `client ${fault.name} while the proxy is in ${at}`,
    place: 'own',
    run: async (place) => {
      place.wire.order({ fault: 'stall', at });
      await strikeWhileDialling(place, fault);
      await assertServed(place);
    },
  })),
);

async function strikeWhileDialling({ port, wire }: Place, { strike, expected }: ClientFault): Promise<void> {
  using victim = new Victim(port);
  victim.send(startup);
  await wire.stalled(limitMs);
  strike(victim);
  if (expected !== 'nothing') await victim.ending(1, limitMs);
}

const silent: readonly FaultCase[] = faults.map(({ name, strike }) => ({
  name: `client ${name} before its first byte`,
  place: 'shared',
  run: async ({ port }) => {
    using victim = new Victim(port);
    await victim.connected();
    strike(victim);
    if (name !== 'stall') await victim.ending(1, limitMs);
  },
}));

export const clientCases: readonly FaultCase[] = [...silent, ...inDial, ...inSession, ...drips];
