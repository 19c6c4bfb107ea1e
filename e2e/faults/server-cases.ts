// Faults on the server's side: of the network, of the server-side proxy, of the Admin API.

import assert from 'node:assert/strict';
import type { AcceptFault, ApiFault, ApiMethod, BreakHow, ExchangeFault, PostgresFault } from 'alloydb-emulator';
import { dialPhases, type WireFault, wireFaults } from '../support/wire-link.ts';
import { dialInto, type Expected, type FaultCase, strikeIn } from './fault-case.ts';
import { type PhaseName, sessionPhases } from './phases.ts';

/** How a session ends that the network breaks; a dial that it breaks is told of, or tried again. */
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
    side: 'network',
    fault,
    phase: at,
    place: 'own',
    run: async (place) => {
      place.wire.order({ fault, at });
      const ofSession = expectedOf[fault];
      await dialInto(place, ofSession === 'any end' ? 'told or complete' : ofSession);
    },
  })),
);

const wireInSession: readonly FaultCase[] = wireFaults.flatMap((fault) =>
  sessionPhases.map((phase) => ({
    side: 'network',
    fault,
    phase: phase.name,
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

const retried = 'told or complete';
const dialFaults: readonly (readonly [PhaseName, DialFault, Expected])[] = [
  ['connect', { kind: 'close-at-accept' }, retried],
  ['connect', { kind: 'reset-at-accept' }, retried],
  ['connect', { kind: 'stall-at-accept' }, 'nothing'],
  ['TLS', { kind: 'close-in-handshake' }, retried],
  ['TLS', { kind: 'reset-in-handshake' }, retried],
  ['TLS', { kind: 'stall-in-handshake' }, 'nothing'],
  // With TLS 1.3 the server judges the client's certificate when the client has the handshake behind it.
  ['exchange', { kind: 'refuse-client-certificate' }, retried],
  ['exchange', { kind: 'refuse-client-certificate', how: 'eof' }, retried],
  ['exchange', { kind: 'refuse-client-certificate', how: 'reset' }, retried],
  ['TLS', { kind: 'foreign-server-certificate' }, retried],
  ['TLS', { kind: 'wrong-server-names' }, retried],
  ['TLS', { kind: 'expired-server-certificate' }, retried],
  ['exchange', { kind: 'exchange-error', message: 'refused for a test' }, 'told'],
  ['exchange', { kind: 'postgres-error', message: 'refused for a test' }, 'told'],
  ['exchange', { kind: 'error-behind-reply', message: 'refused for a test' }, 'told'],
  ['exchange', { kind: 'truncated-reply' }, retried],
  ['exchange', { kind: 'oversized-reply' }, 'told'],
  ['exchange', { kind: 'slow-reply', byteIntervalMs: 20 }, 'complete'],
  ['exchange', { kind: 'close-before-reply' }, retried],
  ['exchange', { kind: 'reset-before-reply' }, retried],
  ['exchange', { kind: 'stall-before-reply' }, 'nothing'],
  ['startup', { kind: 'postgres-delay', delayMs: 200 }, 'complete'],
];

const emulatorInDial: readonly FaultCase[] = dialFaults.map(([phase, fault, expected]) => ({
  side: 'server',
  fault: fault.kind,
  phase,
  ...('how' in fault ? { variant: fault.how } : {}),
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
  sessionPhases.map((phase) => ({
    side: 'server session',
    fault: how,
    phase: phase.name,
    // Only a client that logs in by itself reaches PostgreSQL before its login is over, so that its session can be broken.
    place: phase.name === 'startup' ? 'native' : 'shared',
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
  ...[400, 401, 403, 404, 429, 500, 503].map(
    (status): ApiFault => ({ kind: 'api-error', method, status, message: 'refused for a test' }),
  ),
]);

const adminApi: readonly FaultCase[] = apiFaults.map((fault) => ({
  side: 'Admin API',
  fault: fault.kind,
  phase: 'lookup',
  variant: [fault.method, 'status' in fault ? fault.status : ''].join(' ').trim(),
  place: 'own',
  run: async (place) => {
    place.emulator.addFault({ ...fault, instance: place.uri });
    // Asked again for the same client: with another token, or when the API is there again.
    const again = fault.kind === 'api-error' && [401, 503].includes(fault.status);
    // A refusal is remembered for ten seconds, so that clients who try again cost no calls.
    const refused = fault.kind === 'api-error' && [400, 403, 404].includes(fault.status);
    const expected = fault.kind === 'api-delay' || again ? 'complete' : 'told';
    await dialInto(place, expected, refused ? 'not yet' : 'next');
  },
}));

export const serverCases: readonly FaultCase[] = [
  ...wireInDial,
  ...emulatorInDial,
  ...adminApi,
  ...wireInSession,
  ...emulatorInSession,
];
