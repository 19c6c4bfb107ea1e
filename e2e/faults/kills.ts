// What is killed in which phases, for the two tests that kill and for the table of all faults.

import { startupMessage } from '../support/postgres-messages.ts';
import { type DialPhase, dialPhases } from '../support/wire-link.ts';
import { limitMs, type Phase, sessionPhases } from './phases.ts';

/** The process at the other end of the proxy's connection is there in every phase but the lookup. */
export const serverKills: readonly (DialPhase | Phase)[] = [...dialPhases, ...sessionPhases];

/** PostgreSQL has a process for a client from the startup on, while it still waits for the client's password. */
export function backendKills(superuser: string): readonly Phase[] {
  const passwordAwaited: Phase = {
    name: 'startup',
    enter: async (victim) => {
      victim.send(startupMessage(superuser));
      await victim.received('R', 1, limitMs);
    },
    rest: Buffer.alloc(0),
    readyCount: 1,
  };
  return sessionPhases.map((phase) => (phase.name === 'startup' ? passwordAwaited : phase));
}
