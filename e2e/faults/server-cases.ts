// Faults on the server's side: of the network, of the server-side proxy, of the Admin API.

import assert from 'node:assert/strict';
import type { AcceptFault, ApiFault, ApiMethod, BreakHow, ExchangeFault, PostgresFault } from 'alloydb-emulator';
import { dialPhases, type WireFault, wireFaults } from '../support/wire-link.ts';
import { dialInto, type Expected, type FaultCase, strikeIn } from './fault-case.ts';
import { sessionPhases } from './phases.ts';

const expectedOf: Readonly<Record<WireFault, Expected>> = {
  reset: 'any end',
  fin: 'any end',
  'half-close': 'any end',
  stall: 'nothing',
  drip: 'complete',
  truncate: 'any end',
};

const wireInDial: readonly FaultCase[] = wireFaults.flatMap((fault) =>
  dialPhases.map((at) => ({
    name: `network ${fault} in ${at}`,
    place: 'own',
    run: async (place) => {
      place.wire.order({ fault, at });
      await dialInto(place, expectedOf[fault]);
    },
  })),
);

const wireInSession: readonly FaultCase[] = wireFaults.flatMap((fault) =>
  sessionPhases.map((phase) => ({
    name: `network ${fault} in ${phase.name}`,
    place: 'shared',
    run: async (place) =>
      strikeIn(phase, place, {
        expected: expectedOf[fault],
        strike: (victim) => {
          place.wire.strike(fault);
          victim.send(phase.rest);
        },
      }),
  })),
);

type DialFault = AcceptFault | ExchangeFault | PostgresFault;

const dialFaults: readonly (readonly [DialFault, Expected])[] = [
  [{ kind: 'close-at-accept' }, 'any end'],
  [{ kind: 'reset-at-accept' }, 'any end'],
  [{ kind: 'stall-at-accept' }, 'nothing'],
  [{ kind: 'close-in-handshake' }, 'any end'],
  [{ kind: 'reset-in-handshake' }, 'any end'],
  [{ kind: 'stall-in-handshake' }, 'nothing'],
  [{ kind: 'refuse-client-certificate' }, 'any end'],
  [{ kind: 'refuse-client-certificate', how: 'eof' }, 'any end'],
  [{ kind: 'refuse-client-certificate', how: 'reset' }, 'any end'],
  [{ kind: 'foreign-server-certificate' }, 'any end'],
  [{ kind: 'wrong-server-names' }, 'any end'],
  [{ kind: 'expired-server-certificate' }, 'any end'],
  [{ kind: 'exchange-error', message: 'refused for a test' }, 'any end'],
  [{ kind: 'postgres-error', message: 'refused for a test' }, 'any end'],
  [{ kind: 'error-behind-reply', message: 'refused for a test' }, 'any end'],
  [{ kind: 'truncated-reply' }, 'any end'],
  [{ kind: 'oversized-reply' }, 'any end'],
  [{ kind: 'slow-reply', byteIntervalMs: 20 }, 'complete'],
  [{ kind: 'close-before-reply' }, 'any end'],
  [{ kind: 'reset-before-reply' }, 'any end'],
  [{ kind: 'stall-before-reply' }, 'nothing'],
  [{ kind: 'postgres-delay', delayMs: 200 }, 'complete'],
];

const emulatorInDial: readonly FaultCase[] = dialFaults.map(([fault, expected]) => ({
  name: `server ${describe(fault)}`,
  place: 'own',
  run: async (place) => {
    place.emulator.addFault({ ...fault, instance: place.uri });
    await dialInto(place, expected);
  },
}));

const breaks: readonly (readonly [BreakHow, Expected])[] = [
  ['reset', 'any end'],
  ['close', 'any end'],
  ['half-close', 'any end'],
  ['stall', 'nothing'],
];

const emulatorInSession: readonly FaultCase[] = breaks.flatMap(([how, expected]) =>
  // Before its login is over a session has not reached PostgreSQL, and is not among those that can be broken.
  sessionPhases
    .filter(({ name }) => name !== 'startup')
    .map((phase) => ({
      name: `server ${how} in ${phase.name}`,
      place: 'shared',
      run: async (place) =>
        strikeIn(phase, place, {
          expected,
          strike: (victim) => {
            assert.equal(place.emulator.breakConnections({ instance: place.uri, how }), 1);
            victim.send(phase.rest);
          },
        }),
    })),
);

const methods = ['connectionInfo', 'generateClientCertificate'] as const satisfies readonly ApiMethod[];
const apiFaults: readonly ApiFault[] = methods.flatMap((method): readonly ApiFault[] => [
  { kind: 'api-reset', method },
  { kind: 'api-close', method },
  { kind: 'api-truncated', method },
  { kind: 'api-garbage', method },
  { kind: 'api-delay', method, delayMs: 300 },
  { kind: 'api-error', method, status: 403, message: 'refused for a test' },
  { kind: 'api-error', method, status: 404, message: 'refused for a test' },
  { kind: 'api-error', method, status: 429, message: 'refused for a test' },
  { kind: 'api-error', method, status: 503, message: 'refused for a test' },
]);

const adminApi: readonly FaultCase[] = apiFaults.map((fault) => ({
  name: `Admin API ${describe(fault)}`,
  place: 'own',
  run: async (place) => {
    place.emulator.addFault({ ...fault, instance: place.uri });
    // A refusal is remembered for ten seconds, so that clients who try again cost no calls.
    const refused = fault.kind === 'api-error' && fault.status < 429;
    await dialInto(place, fault.kind === 'api-delay' ? 'complete' : 'any end', refused ? 'not yet' : 'next');
  },
}));

/** Kind and what tells faults of one kind apart. */
function describe(fault: DialFault | ApiFault): string {
  const details = ['how', 'method', 'status'].map((name) => new Map<string, unknown>(Object.entries(fault)).get(name));
  return [fault.kind, ...details.filter((detail) => detail !== undefined).map(String)].join(' ');
}

export const serverCases: readonly FaultCase[] = [
  ...wireInDial,
  ...emulatorInDial,
  ...adminApi,
  ...wireInSession,
  ...emulatorInSession,
];
