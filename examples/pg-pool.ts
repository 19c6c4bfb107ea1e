// A pool of `pg` that connects to AlloyDB without a proxy, logged in as the IAM principal of the credentials.
//
// In a clone, run `npm run build` first.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/pg-pool.ts

import { Connector } from 'alloydb-connector';
import { Pool } from 'pg';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
const pool = new Pool({
  ...connector.getOptions(INSTANCE_URI, { authType: 'AUTO_IAM' }),
  user: DB_USER,
  database: DB_NAME,
  max: 5,
});

const { rows } = await pool.query<{ user: string; version: string }>('select current_user as user, version()');
process.stdout.write(`${rows[0]?.user} is connected to ${rows[0]?.version}\n`);
await pool.end();
