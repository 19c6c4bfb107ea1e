// Drizzle over a pool of `pg` that connects to AlloyDB without a proxy.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/drizzle.ts

import { Connector } from 'alloydb-connector';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
const pool = new Pool({
  ...connector.getOptions(INSTANCE_URI, { authType: 'AUTO_IAM' }),
  user: DB_USER,
  database: DB_NAME,
});
const db = drizzle(pool);

const { rows } = await db.execute<{ user: string; version: string }>(sql`select current_user as user, version()`);
process.stdout.write(`${rows[0]?.user} is connected to ${rows[0]?.version}\n`);
await pool.end();
