// Clients that open a new connection for every query, several at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Login, queryWithPg } from '../support/clients.ts';

export interface ChurnFigures {
  readonly queries: number;
  readonly failures: readonly string[];
  readonly slowestMs: number;
}

// Room for whatever else runs: the soak is about hours, not about load.
const pauseMs = 20;

/** Runs until the signal aborts. A failure is noted and does not end it. */
export async function churn(
  login: Login,
  { clients, signal }: { readonly clients: number; readonly signal: AbortSignal },
): Promise<ChurnFigures> {
  let queries = 0;
  let slowestMs = 0;
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        await queryWithPg(login, 'select 1');
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`);
      }
      queries += 1;
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return { queries, failures, slowestMs };
}
