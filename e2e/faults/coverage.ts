// Which faults there are, and why some of them cannot meet some phases: nothing is left out in silence.

import { FAULT_TABLE, type Stage } from '../../packages/emulator/src/faults/fault-table.ts';
import { BREAKS } from '../../packages/emulator/src/server-proxy/relay.ts';
import { wireFaults } from '../support/wire-link.ts';
import { clientCases, clientFaults } from './client-cases.ts';
import { backendKills, serverKills } from './kills.ts';
import { localTlsCases } from './local-tls-cases.ts';
import { type PhaseName, phaseNames } from './phases.ts';
import { serverCases } from './server-cases.ts';
import { credentialWays, tokenCases } from './token-cases.ts';

/** One fault of one side in one phase. */
export interface Cell {
  readonly side: string;
  readonly fault: string;
  readonly phase: PhaseName;
}

interface Exclusion {
  readonly side: string;
  /** Default: all of the side. */
  readonly faults?: readonly string[];
  readonly phases: readonly PhaseName[];
  readonly because: string;
}

const kill = 'kill -9';

/** Every fault of every side. Those of the emulator are read from its own table, so that a new one is missed here. */
const faults: Readonly<Record<string, readonly string[]>> = {
  network: wireFaults,
  server: [...kindsAt('accept'), ...kindsAt('exchange'), ...kindsAt('postgres')],
  'server session': BREAKS,
  'server process': [kill],
  'database process': [kill],
  'Admin API': kindsAt('api'),
  'token endpoint': kindsAt('token'),
  client: clientFaults,
  'client over TLS': clientFaults,
};

const dial = ['lookup', 'connect', 'TLS', 'exchange'] as const;
const session = ['startup', 'idle', 'mid-query', 'mid-COPY out', 'mid-COPY in'] as const;

export const impossible: readonly Exclusion[] = [
  {
    side: 'network',
    phases: ['lookup'],
    because:
      'the wire lies between proxy and instance; on the way to the APIs the same is ordered as a fault of theirs',
  },
  {
    side: 'server',
    faults: ['close-at-accept', 'reset-at-accept', 'stall-at-accept'],
    phases: except('connect'),
    because: 'it concerns a connection that has just been accepted',
  },
  {
    side: 'server',
    faults: kindsAt('accept').filter((kind) => /in-handshake|server-/.test(kind)),
    phases: except('TLS'),
    because: 'there is one handshake in a connection, and the server shows its certificate in it',
  },
  {
    side: 'server',
    faults: ['refuse-client-certificate', ...kindsAt('exchange')],
    phases: except('exchange'),
    because:
      'with TLS 1.3 a certificate is refused when the client has the handshake behind it; and there is one exchange',
  },
  {
    side: 'server',
    faults: kindsAt('postgres'),
    phases: except('startup'),
    because: 'PostgreSQL is reached once, for the startup message',
  },
  {
    side: 'server session',
    phases: dial,
    because: 'there is no session yet; until there is one, the faults of the network and of the server stand for it',
  },
  {
    side: 'server process',
    phases: ['lookup'],
    because: 'the proxy has no connection to it yet',
  },
  {
    side: 'database process',
    phases: dial,
    because: 'PostgreSQL starts a process for a client when the exchange is over',
  },
  {
    side: 'Admin API',
    phases: except('lookup'),
    because:
      'no connection is opened before its answers are there, and no session needs it; the bystander shows the latter',
  },
  {
    side: 'token endpoint',
    phases: except('lookup', 'exchange'),
    because: 'tokens go with calls of the Admin API and with the exchange; the bystander shows that sessions need none',
  },
  {
    side: 'client over TLS',
    phases: ['lookup', 'connect', 'exchange'],
    because: 'the proxy dials when its own TLS with the client is done, and the dial is the same for every client then',
  },
];

export const covered: readonly Cell[] = [
  ...serverCases,
  ...clientCases,
  ...localTlsCases,
  ...credentialWays.flatMap(({ grants }) => grants.flatMap(tokenCases)),
  ...serverKills.map((at) => ({
    side: 'server process',
    fault: kill,
    phase: typeof at === 'string' ? at : at.name,
  })),
  ...backendKills('').map(({ name }) => ({ side: 'database process', fault: kill, phase: name })),
];

export const allCells: readonly Cell[] = Object.entries(faults).flatMap(([side, ofSide]) =>
  ofSide.flatMap((fault) => phaseNames.map((phase) => ({ side, fault, phase }))),
);

export function excludes({ side, faults: excluded, phases }: Exclusion, cell: Cell): boolean {
  return side === cell.side && (excluded?.includes(cell.fault) ?? true) && phases.includes(cell.phase);
}

function kindsAt(stage: Stage): readonly string[] {
  return Object.entries(FAULT_TABLE).flatMap(([kind, { at }]) => (at === stage ? [kind] : []));
}

function except(...phases: readonly PhaseName[]): readonly PhaseName[] {
  return [...dial, ...session].filter((phase) => !phases.includes(phase));
}
