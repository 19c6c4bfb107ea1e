// The programs in examples/, each run as it stands: the library alone, without a proxy.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { suite, test } from 'node:test';
import { iamUser, setUp } from './support/setting.ts';
import { runProgram } from './support/tools.ts';

const examples: readonly { readonly file: string; readonly skip?: string | false }[] = [
  { file: 'examples/pg-pool.ts' },
  { file: 'examples/postgres-js.ts' },
  { file: 'examples/drizzle.ts' },
  { file: 'examples/knex.ts' },
  { file: 'examples/local-proxy.ts' },
  {
    file: 'examples/prisma/main.mjs',
    skip: existsSync('examples/prisma/generated') ? false : 'Prisma is not installed (see examples/prisma/README.md)',
  },
];

suite('examples', () => {
  for (const { file, skip = false } of examples) {
    test(`${file} logs in with the key that GOOGLE_APPLICATION_CREDENTIALS names`, { skip }, async () => {
      await using setting = await setUp();
      const { status, stdout, stderr } = await runProgram(process.execPath, ['--conditions=alloydb-source', file], {
        // What a developer may have set for another database must not get in the way.
        PGSSLMODE: 'require',
        PGHOST: 'elsewhere.example,other.example',
        GOOGLE_APPLICATION_CREDENTIALS: setting.keyFile,
        ADMIN_API_ENDPOINT: setting.emulator.apiEndpoint,
        INSTANCE_URI: setting.instance,
        DB_USER: iamUser,
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^e2e@local\.iam is connected to PostgreSQL \d+/);
    });
  }
});
