// Sessions that are killed on purpose, at their backend and at their client: nobody else may notice.

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Login, queryWithPg } from '../support/clients.ts';

export interface KillFigures {
  readonly killed: number;
  /** Kills that did not end as a kill ends. */
  readonly failures: readonly string[];
}

const pauseMs = 1_000;
// "terminating connection due to administrator command"
const terminated = '57P01';

/** Kills one session a second until the signal aborts. */
export async function kills(login: Login, signal: AbortSignal): Promise<KillFigures> {
  let killed = 0;
  const failures: string[] = [];
  for (let turn = 0; !signal.aborted; turn += 1) {
    const kill = turn % 2 === 0 ? terminateBackend : abandon;
    try {
      await kill(login);
      killed += 1;
    } catch (error) {
      failures.push(`${kill.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(pauseMs);
  }
  return { killed, failures };
}

/** The database ends the session in the middle of a query, and its client is told why. */
async function terminateBackend(login: Login): Promise<void> {
  const { client, backend } = await busySession(login);
  const ending = client.query('select pg_sleep(60)').then(
    () => 'a result',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
  await queryWithPg(login, `select pg_terminate_backend(${backend})`);
  const ended = await ending;
  await client.end().catch(() => undefined);
  if (ended !== terminated) throw new Error(`the killed query ended with ${String(ended)}, not with ${terminated}`);
}

/** The client vanishes without a word to PostgreSQL. */
async function abandon(login: Login): Promise<void> {
  const { client } = await busySession(login);
  client.query('select pg_sleep(0.2)').catch(() => undefined);
  const gone = new Promise((resolve) => client.once('end', resolve));
  client.connection.stream.destroy();
  await gone;
}

async function busySession({ host = '127.0.0.1', ...login }: Login): Promise<{ client: Client; backend: number }> {
  const client = new Client({ host, database: 'postgres', ...login });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ backend: number }>('select pg_backend_pid() as backend');
  return { client, backend: rows[0]?.backend ?? 0 };
}
