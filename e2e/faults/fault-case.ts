// One row of the table of faults, and the two ways in which most rows run.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitMs, type Phase, type PhaseName, startup } from './phases.ts';
import { assertServed, type Place } from './rig.ts';
import { Victim } from './victim.ts';

/**
 * What the victim must be left with: its complete result; an ErrorResponse; either of these, where the proxy tries again; any
 * end, but soon; or nothing, because something stalls by design and the client gives up.
 */
export type Expected = 'complete' | 'told' | 'told or complete' | 'any end' | 'nothing';

export interface FaultCase {
  /** Who does wrong. */
  readonly side: string;
  readonly fault: string;
  readonly phase: PhaseName;
  /** What tells cases of one fault in one phase apart. */
  readonly variant?: string;
  /**
   * A failed dial may use up the refreshes that an instance is granted in 30 seconds: such a case has an instance of its own.
   * At the `native` one clients log in by themselves, so that PostgreSQL is there from the exchange on.
   */
  readonly place: 'own' | 'shared' | 'native';
  readonly run: (place: Place) => Promise<void>;
}

export function nameOf({ side, fault, phase, variant }: FaultCase): string {
  return `${side} ${fault} in ${phase}${variant === undefined ? '' : ` (${variant})`}`;
}

// Long enough for what should not happen to happen; stalls add up over the table.
const stallMs = 200;

/** A client arrives while the fault waits for its dial. Afterwards the instance must serve the next client. */
export async function dialInto(place: Place, expected: Expected, serves: 'next' | 'not yet' = 'next'): Promise<void> {
  {
    using victim = new Victim(place.port, place.ca);
    victim.send(startup);
    await assertEnding(victim, { expected, readyCount: 1 });
  }
  assert.deepEqual(place.emulator.pendingFaults(), [], 'the dial has met the fault');
  if (serves === 'next') await assertServed(place);
}

/** A session is led to the phase, and then the fault strikes. */
export async function strikeIn(
  phase: Phase,
  place: Place,
  { strike, expected }: { readonly strike: (victim: Victim) => unknown; readonly expected: Expected },
): Promise<void> {
  using victim = new Victim(place.port, place.ca);
  await phase.enter(victim);
  await strike(victim);
  await assertEnding(victim, { expected, readyCount: phase.readyCount });
}

export async function assertEnding(
  victim: Victim,
  { expected, readyCount }: { readonly expected: Expected; readonly readyCount: number },
): Promise<void> {
  if (expected === 'nothing') {
    await sleep(stallMs);
    return;
  }
  const ending = await victim.ending(readyCount, limitMs);
  if (expected === 'complete') assert.equal(ending, 'complete');
  if (expected === 'told') assert.equal(ending, 'error');
  if (expected === 'told or complete') assert.notEqual(ending, 'ended');
}
