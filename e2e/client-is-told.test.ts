// A client that cannot be connected learns why, in its own protocol (W8).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAsleep } from './support/asleep.ts';
import { libpqEnvironment, type Login, openPostgresJs, queryWithPg } from './support/clients.ts';
import { skipWithoutRefusals } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';
import { writeStaticInfo } from './support/static-info.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
}

/** What `pg` makes of the ErrorResponse. */
async function told(login: Login): Promise<Told> {
  try {
    await queryWithPg(login, 'select 1');
  } catch (error) {
    const { code = '', message = '', detail = '', hint = '' } = error as Partial<Told>;
    return { code, message, detail, hint };
  }
  return assert.fail('the client was served');
}

test('An unknown instance is told with SQLSTATE, reason, detail and hint to every client', async (t) => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const { port } = await setting.startProxy(unknown);
  const login = { port, ...setting.emulator.superuser };

  await t.test('with pg', async () => {
    const { code, message, detail, hint } = await told(login);
    assert.equal(code, '3D000');
    assert.match(message, /^alloydb-auth-proxy: Cannot get .*primray.*404 NOT_FOUND/);
    assert.match(detail, /instance projects\/.*primray, server-side proxy on port 5433, after \d+\.\d s/);
    assert.notEqual(hint, '');
  });
  await t.test('with postgres.js', async () => {
    const sql = openPostgresJs(login);
    await assert.rejects(async () => sql`select 1`, { code: '3D000', severity: 'FATAL' });
    await sql.end();
  });
  await t.test('with psql', { skip: skipUnlessInstalled('psql') }, async () => {
    for (const sslmode of ['disable', 'prefer']) {
      const env = { ...libpqEnvironment(login), PGSSLMODE: sslmode };
      const { status, stderr } = await runProgram('psql', ['-w', '-c', 'select 1'], env);
      assert.equal(status, 2);
      assert.match(stderr, /FATAL: {2}alloydb-auth-proxy: Cannot get /);
      assert.match(stderr, /DETAIL: {2}instance projects/);
      assert.match(stderr, /HINT: {2}/);
    }
  });
  await t.test(
    'and with psql that insists on TLS only as a server without TLS',
    { skip: skipUnlessInstalled('psql') },
    async () => {
      const env = { ...libpqEnvironment(login), PGSSLMODE: 'require' };
      const { stderr } = await runProgram('psql', ['-w', '-c', 'select 1'], env);
      assert.match(stderr, /server does not support SSL, but SSL was required/);
    },
  );
});

test('Each kind of failure has its SQLSTATE', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  const login = { port: proxy.port, ...emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  const cases = [
    [
      { kind: 'exchange-error', message: 'Caller does not have required permission to use project' },
      '28000',
      /refused the connection: Caller/,
    ],
    [{ kind: 'truncated-reply' }, '08006', /Cannot complete the metadata exchange/],
    [{ kind: 'oversized-reply' }, '08006', /the reply announces/],
  ] as const;
  for (const [fault, sqlState, message] of cases) {
    emulator.addFault(fault);
    const answer = await told(login);
    assert.equal(answer.code, sqlState, fault.kind);
    assert.match(answer.message, message);
  }
});

test("The server's own error reaches the client word for word", async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const { port } = await setting.startProxy(instance);
  emulator.addFault({ kind: 'postgres-error', message: 'sorry, too many clients already', sqlState: '53300' });
  const { code, message } = await told({ port, ...emulator.superuser });
  assert.deepEqual({ code, message }, { code: '53300', message: 'sorry, too many clients already' });
});

test('A server that cannot be reached is told with its address and port 5433', {
  skip: skipWithoutRefusals,
}, async () => {
  await using setting = await setUp();
  // Nothing listens on this loopback address.
  const file = await writeStaticInfo(setting, { [setting.instance]: { ipAddress: '127.9.9.9' } });
  const { port } = await setting.startProxy('--static-connection-info', file, setting.instance);
  const { code, message, hint } = await told({ port, ...setting.emulator.superuser });
  assert.equal(code, '08001');
  assert.match(message, /Cannot connect to "127\.9\.9\.9:5433" directly: connection refused/);
  assert.match(hint, /route to 127\.9\.9\.9:5433.*5432 is not used/);
});

test('A permission that is missing is told with the command that grants it', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  emulator.revokeRole('e2e@local.iam.gserviceaccount.com', 'roles/alloydb.client');
  const { port } = await setting.startProxy(instance);
  const { code, hint } = await told({ port, ...emulator.superuser });
  assert.equal(code, '28000');
  assert.match(
    hint,
    /gcloud projects add-iam-policy-binding local .*e2e@local\.iam\.gserviceaccount\.com.*roles\/alloydb\.client/,
  );
});

test('With Auto IAM AuthN a user that is not the principal is named together with the one that would be right', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--auto-iam-authn', instance);
  await assert.rejects(queryWithPg({ port: proxy.port, user: 'postgres' }, 'select 1'), /does not match/);
  await proxy.waitFor(
    'the client logs in as "postgres", but with Auto IAM AuthN the database user must be "e2e@local.iam"',
  );
  emulator.addFault({ kind: 'exchange-error', message: 'IAM principal does not match database user.' });
  const { code, detail, hint } = await told({ port: proxy.port, user: 'postgres' });
  assert.equal(code, '28000');
  assert.match(detail, /the client logs in as "postgres".*must be "e2e@local\.iam"/);
  assert.match(hint, /log in as e2e@local\.iam/);
  assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'), 1);
});

test('At the limit the client is told 53300, and a cancel request still goes through', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--max-connections', '1', instance);
  const login = { port: proxy.port, ...emulator.superuser };
  const holder = openPostgresJs(login);
  await holder`select 1`;
  const { code, message } = await told(login);
  assert.deepEqual({ code, message }, { code: '53300', message: 'alloydb-auth-proxy: max connections (1) exceeded' });
  const sleeping = holder`select pg_sleep(60)`;
  const ended = assert.rejects(async () => sleeping, { code: '57014' });
  const { port } = await setting.startProxy(instance);
  await untilAsleep({ port, ...emulator.superuser });
  // postgres.js sends the cancel request over a connection of its own, while the only place is taken.
  sleeping.cancel();
  await ended;
  await holder.end();
});
