// Prisma connected to AlloyDB: its client over `pg` without a proxy. See README.md for the steps before it.
//
//   INSTANCE_URI=projects/P/locations/R/clusters/C/instances/I DB_USER=me@example.com node examples/prisma/main.mjs

import { PrismaPg } from '@prisma/adapter-pg';
import { Connector } from 'alloydb-connector';
import { PrismaClient } from './generated/client.ts';

const { INSTANCE_URI = '', DB_USER = '', DB_NAME = 'postgres', ADMIN_API_ENDPOINT: adminApiEndpoint } = process.env;

// Application Default Credentials; GOOGLE_APPLICATION_CREDENTIALS may name a key file.
using connector = new Connector(adminApiEndpoint === undefined ? {} : { adminApiEndpoint });
const adapter = new PrismaPg({
  ...connector.getOptions(INSTANCE_URI, { authType: 'AUTO_IAM' }),
  user: DB_USER,
  database: DB_NAME,
});
const prisma = new PrismaClient({ adapter });

const [row] = await prisma.$queryRaw`select current_user::text as user, version()`;
process.stdout.write(`${row.user} is connected to ${row.version}\n`);
await prisma.$disconnect();
