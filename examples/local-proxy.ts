// A port on this machine for what only knows host and port: Prisma, another process, a driver in another language.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/local-proxy.ts

import { Connector } from 'alloydb-connector';
import { Client } from 'pg';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
// With `path: '/run/my-app/.s.PGSQL.5432'` it is a unix socket that only this user can open.
await using proxy = await connector.startLocalProxy(INSTANCE_URI, { authType: 'AUTO_IAM' });

// A process started from here would get the same in its environment: PGHOST, PGPORT and PGSSLMODE=disable. The way to
// the instance is encrypted by the connector, and the rest never leaves this machine.
const client = new Client({ host: proxy.host, port: proxy.port, ssl: false, user: DB_USER, database: DB_NAME });
await client.connect();
const { rows } = await client.query<{ user: string; version: string }>('select current_user as user, version()');
process.stdout.write(`${rows[0]?.user} is connected to ${rows[0]?.version}\n`);
await client.end();
