// Two independent clients of PostgreSQL, and what they need to log in.

import { Client } from 'pg';
import postgres from 'postgres';

export interface Login {
  readonly host?: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
}

const database = 'postgres';

/** Logs in with `pg`, runs one query and returns the first column of its first row. */
export async function queryWithPg({ host = '127.0.0.1', ...login }: Login, text: string): Promise<unknown> {
  const client = new Client({ host, database, ...login });
  // A connection that breaks is reported to the query as well; without a listener it would end the test run.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: 'array' });
    return (rows as unknown[][])[0]?.[0];
  } finally {
    await client.end();
  }
}

export type PoolOptions = Pick<postgres.Options<Record<string, postgres.PostgresType>>, 'max' | 'onclose'>;

/** A pool of postgres.js with one connection, or more. */
export function openPostgresJs({ host = '127.0.0.1', ...login }: Login, options: PoolOptions = {}): postgres.Sql {
  return postgres({ host, database, max: 1, onnotice: () => undefined, ...login, ...options });
}

/** Environment with which psql and pgbench log in. */
export function libpqEnvironment({ host = '127.0.0.1', port, user, password }: Login): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
    PGCONNECT_TIMEOUT: '30',
    ...(password === undefined ? {} : { PGPASSWORD: password }),
  };
}
