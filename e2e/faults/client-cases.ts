// Faults on the client's side, in every phase that its connection goes through.

import { dialPhases } from '../support/wire-link.ts';
import { assertEnding, type Expected, type FaultCase, strikeIn } from './fault-case.ts';
import { limitMs, type PhaseName, sessionPhases, startup } from './phases.ts';
import { assertServed, faultsMet, type Place } from './rig.ts';
import { Victim } from './victim.ts';

interface ClientFault {
  readonly name: string;
  /** @param unsaid what the client would have said next. */
  readonly strike: (victim: Victim, unsaid: Buffer) => unknown;
  /** What the client itself still hears, where it listens. */
  readonly expected: Expected;
}

const faults: readonly ClientFault[] = [
  { name: 'reset', strike: (victim) => victim.reset(), expected: 'any end' },
  { name: 'FIN', strike: (victim) => victim[Symbol.dispose](), expected: 'any end' },
  { name: 'half-close', strike: (victim) => victim.halfClose(), expected: 'any end' },
  { name: 'stall', strike: (victim) => victim.stall(), expected: 'nothing' },
  { name: 'truncate', strike: (victim, unsaid) => victim.truncate(unsaid), expected: 'any end' },
  { name: 'drip', strike: async (victim, unsaid) => victim.drip(unsaid), expected: 'complete' },
];

/** What a client can do wrong, whatever it is in the middle of. */
export const clientFaults: readonly string[] = faults.map(({ name }) => name);

// A query that was sent whole is answered whole, whether or not its client goes on sending.
const served = new Set(['mid-query', 'mid-COPY out']);

/** The place decides whether they are over local TLS. */
export const clientsInSession: readonly FaultCase[] = faults.flatMap(({ name, strike, expected }) =>
  sessionPhases.map((phase) => ({
    side: 'client',
    fault: name,
    phase: phase.name,
    place: 'shared',
    run: async (place) => {
      // What follows on an answer that still comes is answered after it.
      const pipelined = name === 'drip' && phase.next !== undefined ? 1 : 0;
      await strikeIn({ ...phase, readyCount: phase.readyCount + pipelined }, place, {
        strike: (victim) => strike(victim, phase.next ?? phase.rest),
        expected: name === 'half-close' && served.has(phase.name) ? 'complete' : expected,
      });
    },
  })),
);

type DuringDial = Extract<PhaseName, 'lookup' | 'connect' | 'TLS' | 'exchange'>;

/** The other side is slow in the phase, so that the proxy is in the middle of its dial when the client acts. */
const inDial: readonly FaultCase[] = faults.flatMap((fault) =>
  (['lookup', ...dialPhases] as const).map((phase) => ({
    side: 'client',
    fault: fault.name,
    phase,
    variant: 'while the proxy dials',
    place: 'own',
    run: async (place) => {
      await strikeWhileDialling(place, fault, phase);
      await assertServed(place);
    },
  })),
);

const lookupMs = 300;
const half = Math.floor(startup.length / 2);

async function strikeWhileDialling(place: Place, { name, strike, expected }: ClientFault, phase: DuringDial) {
  const { emulator, uri, wire, port } = place;
  // A client that only drips is served in the end, so what it waits for must come.
  if (phase === 'lookup') emulator.addFault({ kind: 'api-delay', delayMs: lookupMs, instance: uri });
  else wire.order({ fault: name === 'drip' ? 'drip' : 'stall', at: phase });
  using victim = new Victim(port);
  const [said, unsaid] = [startup.subarray(0, half), startup.subarray(half)];
  victim.send(name === 'truncate' || name === 'drip' ? said : startup);
  if (phase === 'lookup') await faultsMet(emulator);
  else if (name !== 'drip') await wire.stalled(limitMs);
  await strike(victim, unsaid);
  await assertEnding(victim, { expected, readyCount: 1 });
}

const silent: readonly FaultCase[] = faults.map(({ name, strike }) => ({
  side: 'client',
  fault: name,
  phase: 'connect',
  variant: 'before its first byte',
  place: 'shared',
  run: async ({ port }) => {
    using victim = new Victim(port);
    await victim.connected();
    await strike(victim, startup);
    if (name !== 'stall') await victim.ending(1, limitMs);
  },
}));

export const clientCases: readonly FaultCase[] = [...silent, ...inDial, ...clientsInSession];
