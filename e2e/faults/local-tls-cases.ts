// Faults of clients that talk to the proxy over TLS, in the handshake and behind it.

import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { clientsInSession } from './client-cases.ts';
import { assertEnding, type FaultCase, strikeIn } from './fault-case.ts';
import { sessionPhases } from './phases.ts';
import { Victim } from './victim.ts';

const side = 'client over TLS';

interface HandshakeFault {
  readonly fault: string;
  readonly strike: (victim: Victim, rest: Buffer) => unknown;
  readonly stalls: boolean;
}

/** Each strikes when half of the ClientHello is out. */
const inHandshake: readonly HandshakeFault[] = [
  { fault: 'reset', strike: (victim) => victim.reset(), stalls: false },
  { fault: 'FIN', strike: (victim) => victim[Symbol.dispose](), stalls: false },
  { fault: 'half-close', strike: (victim) => victim.halfClose(), stalls: false },
  { fault: 'stall', strike: (victim) => victim.stall(), stalls: true },
  { fault: 'truncate', strike: (victim, rest) => victim.truncate(rest), stalls: false },
  // Nobody goes on with the handshake that was asked for.
  { fault: 'drip', strike: async (victim, rest) => victim.drip(rest), stalls: true },
];

const handshakeCases: readonly FaultCase[] = inHandshake.map(({ fault, strike, stalls }) => ({
  side,
  fault,
  phase: 'TLS',
  place: 'shared',
  run: async ({ port }) => {
    const hello = await clientHello();
    const half = Math.floor(hello.length / 2);
    using victim = new Victim(port);
    await victim.connected();
    victim.send(hello.subarray(0, half));
    await strike(victim, hello.subarray(half));
    await assertEnding(victim, { expected: stalls ? 'nothing' : 'any end', readyCount: 1 });
  },
}));

const truncatedRecords: readonly FaultCase[] = sessionPhases.map((phase) => ({
  side,
  fault: 'truncate',
  phase: phase.name,
  variant: 'a record',
  place: 'shared',
  run: async (place) => strikeIn(phase, place, { strike: (victim) => victim.truncateRecord(), expected: 'any end' }),
}));

export const localTlsCases: readonly FaultCase[] = [
  ...handshakeCases,
  ...truncatedRecords,
  ...clientsInSession.map((faultCase) => ({ ...faultCase, side })),
];

/** The first words of a client of direct TLS. */
function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const way = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      resolve(chunk);
      done();
    },
  });
  const socket = connectTls({ socket: way, ALPNProtocols: ['postgresql'] }).on('error', () => undefined);
  return promise.finally(() => socket.destroy());
}
