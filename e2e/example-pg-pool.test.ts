// examples/pg-pool.ts, run as it stands: the library alone, without a proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iamUser, setUp } from './support/setting.ts';
import { runProgram } from './support/tools.ts';

test('The pg pool example logs in with the key that GOOGLE_APPLICATION_CREDENTIALS names', async () => {
  await using setting = await setUp();
  const { status, stdout, stderr } = await runProgram(
    process.execPath,
    ['--conditions=alloydb-source', 'examples/pg-pool.ts'],
    {
      GOOGLE_APPLICATION_CREDENTIALS: setting.keyFile,
      ADMIN_API_ENDPOINT: setting.emulator.apiEndpoint,
      INSTANCE_URI: setting.instance,
      DB_USER: iamUser,
    },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^e2e@local\.iam is connected to PostgreSQL \d+/);
});
