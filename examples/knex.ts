// Knex connected to AlloyDB without a proxy: its dialect of PostgreSQL hands the options on to `pg`.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/knex.ts

import { Connector } from 'alloydb-connector';
import knex from 'knex';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
const db = knex({
  client: 'pg',
  connection: {
    ...connector.getOptions(INSTANCE_URI, { authType: 'AUTO_IAM' }),
    user: DB_USER,
    database: DB_NAME,
  },
});

const row = await db.first<{ user: string; version: string }>(db.raw('current_user as user, version()'));
process.stdout.write(`${row.user} is connected to ${row.version}\n`);
await db.destroy();
