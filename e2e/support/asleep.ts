// Waits until PostgreSQL is in the middle of a query.

import { type Login, queryWithPg } from './clients.ts';
import { until } from './until.ts';

const count = "select count(*)::int from pg_stat_activity where wait_event = 'PgSleep'";

/** Resolves when one session is within `pg_sleep`: one that this login may see, which are its own at least. */
export async function untilAsleep(login: Login): Promise<void> {
  await until(async () => (await queryWithPg(login, count)) === 1);
}
