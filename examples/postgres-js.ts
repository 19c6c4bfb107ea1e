// postgres.js connected to AlloyDB without a proxy, logged in as the IAM principal of the credentials.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/postgres-js.ts

import { Connector } from 'alloydb-connector';
import postgres from 'postgres';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
const sql = postgres({
  ...connector.postgresOptions(INSTANCE_URI, { authType: 'AUTO_IAM' }),
  user: DB_USER,
  database: DB_NAME,
  max: 5,
});

const [row] = await sql<{ user: string; version: string }[]>`select current_user as user, version()`;
process.stdout.write(`${row?.user} is connected to ${row?.version}\n`);
await sql.end();
