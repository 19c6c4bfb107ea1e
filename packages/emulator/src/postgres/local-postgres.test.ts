// Tests the PostgreSQL that the emulator starts: logins, what it refuses, and that nothing of it stays.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseUsers } from './database-users.ts';
import { parseDatabaseUrl, runStatements } from './database.ts';
import { type LocalPostgres, startLocalPostgres } from './local-postgres.ts';

// Not ASCII, so that its preparation for SCRAM is tested too.
const PASSWORD = 'pässwörd ｅ';
let local: LocalPostgres;

before(async () => {
  local = await startLocalPostgres({ binDir: undefined, password: PASSWORD, log: () => {} });
});
after(async () => local.close());

test('runStatements logs in with scram-sha-256 and reports what PostgreSQL refuses', async () => {
  await runStatements(local.database, 'SELECT 1; SELECT 2');
  await assert.rejects(runStatements(local.database, 'SELECT nonsense'), {
    code: 'DATABASE_REFUSED',
    message: /column "nonsense" does not exist/,
  });
});

test('runStatements reports a wrong password and a server that is not there', async () => {
  await assert.rejects(runStatements({ ...local.database, password: 'wrong' }, 'SELECT 1'), {
    message: /password authentication failed for user "postgres"/,
  });
  await assert.rejects(runStatements({ ...local.database, port: 1 }, 'SELECT 1'), { message: /ECONNREFUSED/ });
});

test('DatabaseUsers creates users with awkward names, and gives existing ones their new password', async () => {
  const users = new DatabaseUsers(local.database);
  const name = `it's "me" $do$ \\`;
  for (const password of ['first', `sec'ond`]) {
    await users.createBuiltIn({ name, password });
    await runStatements({ ...local.database, user: name, password }, 'SELECT 1');
  }
});

test('DatabaseUsers logs IAM users in with the password that only it knows', async () => {
  const users = new DatabaseUsers(local.database);
  const user = await users.createIam('sa@p.iam.gserviceaccount.com');
  assert.equal(user, 'sa@p.iam');
  const password = users.iamPassword(user) ?? assert.fail('no password');
  await runStatements({ ...local.database, user, password }, 'SELECT 1');
  assert.equal(users.iamPassword('postgres'), undefined);
});

test('startLocalPostgres trusts nobody and keeps its data to itself', async () => {
  await runStatements(
    local.database,
    `DO $$ BEGIN
       ASSERT (SELECT bool_and(auth_method = 'scram-sha-256') FROM pg_hba_file_rules), 'only scram-sha-256';
       ASSERT current_setting('unix_socket_directories') = '', 'no unix sockets';
     END $$`,
  );
  assert.equal((await stat(local.folder)).mode & 0o777, 0o700);
  await assert.rejects(access(`${local.folder}/password`), { code: 'ENOENT' });
});

test('startLocalPostgres says what PostgreSQL said when it cannot start', async () => {
  await assert.rejects(startLocalPostgres({ binDir: '/nonexistent', password: 'x', log: () => {} }), {
    code: 'POSTGRES_NOT_FOUND',
    message: /\/nonexistent: .*ENOENT/,
  });
});

test('an emulator that is killed leaves no PostgreSQL and no folder behind', async () => {
  const program = `
    import { startLocalPostgres } from ${JSON.stringify(new URL('local-postgres.ts', import.meta.url).href)};
    const { folder, database } = await startLocalPostgres({ binDir: undefined, password: 'x', log: () => {} });
    console.log(JSON.stringify({ folder, port: database.port }));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { folder, port } = JSON.parse(line) as { folder: string; port: number };
  // A session before its login ends only when the server does.
  const session = connect(port, '127.0.0.1');
  await once(session, 'connect');
  const closed = once(session.on('error', () => {}).resume(), 'close');
  child.kill('SIGKILL');
  await closed;
  // The guardian removes the folder right after; no event tells when.
  for (let i = 0; i < 5_000 && (await exists(folder)); i += 1) await delay(10);
  assert.equal(await exists(folder), false);
});

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test('parseDatabaseUrl reads every part, with defaults', () => {
  assert.deepEqual(parseDatabaseUrl('postgres://u%40x:p%2Fw@[::1]:6000/db'), {
    host: '::1',
    port: 6000,
    user: 'u@x',
    password: 'p/w',
    database: 'db',
  });
  const { port, database, password } = parseDatabaseUrl('postgresql://u@h');
  assert.deepEqual([port, database, password], [5432, 'postgres', '']);
  for (const bad of ['', 'h:5432', 'mysql://u@h', 'postgres://h/db']) {
    assert.throws(() => parseDatabaseUrl(bad), { code: 'INVALID_OPTION' });
  }
});

test('LocalPostgres.close ends sessions, removes the folder and may be called twice', async () => {
  const session = connect(local.database.port, '127.0.0.1');
  await once(session, 'connect');
  const closed = once(session.on('error', () => {}).resume(), 'close');
  await Promise.all([local.close(), local.close()]);
  await closed;
  assert.equal(await exists(local.folder), false);
});
