// Holds the emulator against Google's own connector for Go: what that one cannot read, AlloyDB does not speak.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Emulator, startEmulator } from 'alloydb-emulator';
import { buildGoProgram, type Failure, type GoProgram } from './go-program.ts';
import type { Login } from './session-program.ts';

const cluster = 'projects/local/locations/us-central1/clusters/interop';
const uri = `${cluster}/instances/primary`;
const account = 'interop@local.iam.gserviceaccount.com';
/** The name under which PostgreSQL knows the service account. */
const iamUser = 'interop@local.iam';
const stranger = 'stranger@local.iam.gserviceaccount.com';
const app = { name: 'app', password: 'correct horse' };
const pscDnsName = 'interop.us-central1.alloydb-psc.goog';
/** The connector knows no other port. */
const serverProxyPort = 5433;

interface Case {
  readonly user: string;
  /** Default none, as for logins with IAM. */
  readonly password?: string;
  /** Default the instance that is served. */
  readonly instance?: string;
  /** Whose key file to use. Default the account that may do everything. */
  readonly account?: string;
  /** Further flags of the Go program. */
  readonly flags?: readonly string[];
}

test("Google's connector for Go finds AlloyDB in the emulator", async (t) => {
  const build = await buildGoProgram();
  if (build.is === 'impossible') {
    t.skip(build.reason);
    return;
  }
  await using program = build.program;
  await using emulator = await startEmulator({ instances: [{ uri, publicIp: true, pscDnsName }] });
  const { logIn, fail } = await prepare(emulator, program);
  const password = { user: app.name, password: app.password };
  const iam = { user: iamUser, flags: ['-iam'] };

  await t.test('and logs in with a password', async () => {
    assert.deepEqual(users(await logIn(password)), [app.name]);
  });
  await t.test('and logs in with IAM, without a password', async () => {
    assert.deepEqual(users(await logIn(iam)), [iamUser]);
  });
  for (const [name, login] of Object.entries({ password, IAM: iam })) {
    await t.test(`and holds 20 connections at once, with ${name}`, async () => {
      const logins = await logIn({ ...login, flags: [...('flags' in login ? login.flags : []), '-connections', '20'] });
      assert.equal(new Set(logins.map(({ backend }) => backend)).size, 20);
      assert.deepEqual([...new Set(users(logins))], [login.user]);
    });
  }
  await t.test('at its public address', async () => {
    const { publicAddress, publicPort } = instanceOf(emulator);
    const flags = ['-ip-type', 'public', ...detour(publicAddress, publicPort)];
    assert.deepEqual(users(await logIn({ ...password, flags })), [app.name]);
  });
  await t.test('under its Private Service Connect name', async () => {
    // Nothing resolves the name, but the server certificate has to bear it.
    const { address, port } = instanceOf(emulator);
    const flags = ['-ip-type', 'psc', '-dial', `${address}:${port}`];
    assert.deepEqual(users(await logIn({ ...password, flags })), [app.name]);
  });
  await t.test('after opting out of the metadata exchange, with a password', async () => {
    assert.deepEqual(users(await logIn({ ...password, flags: ['-no-exchange'] })), [app.name]);
  });
  await t.test('after opting out of the metadata exchange, with a token as the password', async () => {
    const token = emulator.mintToken(account);
    assert.deepEqual(users(await logIn({ user: iamUser, password: token, flags: ['-no-exchange'] })), [iamUser]);
  });

  await t.test('and hears from PostgreSQL that a password is wrong', async () => {
    const { sqlState } = await fail({ ...password, password: 'wrong' });
    assert.equal(sqlState, '28P01');
  });
  await t.test('and hears that another IAM user is not its own', async () => {
    const { text } = await fail({ user: app.name, flags: ['-iam'] });
    assert.match(text, /IAM principal does not match database user\./);
  });
  await t.test('and hears the text of an error in the metadata exchange', async () => {
    emulator.addFault({ kind: 'exchange-error', message: 'Request had invalid authentication credentials.' });
    const { text } = await fail(password);
    assert.match(text, /: Request had invalid authentication credentials\.$/);
  });
  await t.test('and refuses a server certificate of another authority', async () => {
    emulator.addFault({ kind: 'foreign-server-certificate' });
    const { kind, text } = await fail(password);
    assert.equal(kind, 'dial');
    assert.match(text, /handshake failed .*x509: certificate signed by unknown authority/);
  });
  await t.test('and hears that its client certificate is refused', async () => {
    emulator.addFault({ kind: 'refuse-client-certificate' });
    const { text } = await fail(password);
    assert.match(text, /remote error: tls: certificate required/);
  });

  await t.test('and hears from the Admin API that an instance is unknown', async () => {
    const unknown = `${cluster}/instances/unknown`;
    const { kind, text, api } = await fail({ ...password, instance: unknown });
    assert.equal(kind, 'refresh');
    assert.equal(api?.httpStatus, 404);
    assert.ok(api.message.includes(`Resource '${unknown}' was not found`), text);
  });
  await t.test('and hears from the Admin API which permission is missing', async () => {
    emulator.revokeRole(stranger, 'roles/alloydb.client');
    const { kind, api } = await fail({ ...password, account: stranger });
    assert.equal(kind, 'refresh');
    assert.equal(api?.httpStatus, 403);
    assert.equal(api.reason, 'IAM_PERMISSION_DENIED');
    assert.equal(api.domain, 'iam.googleapis.com');
    assert.deepEqual(api.metadata, { permission: 'alloydb.instances.connect', resource: uri });
  });
});

/** Makes the accounts and the users, and returns the two ways in which a case may end. */
async function prepare(
  emulator: Emulator,
  program: GoProgram,
): Promise<{
  readonly logIn: (wanted: Case) => Promise<readonly Login[]>;
  readonly fail: (wanted: Case) => Promise<Failure>;
}> {
  await emulator.createDatabaseUser(app);
  await emulator.createIamUser(account);
  const keyFileOf = (email: string): string => join(program.folder, `${email}.json`);
  for (const email of [account, stranger]) await emulator.writeServiceAccountKey(keyFileOf(email), email);

  const run = async ({ user, password, instance = uri, account: email = account, flags = [] }: Case) => {
    const { address, port } = instanceOf(emulator);
    const place = ['-api-endpoint', emulator.apiEndpoint, '-instance', instance, ...detour(address, port)];
    return program.run([...place, '-key-file', keyFileOf(email), '-user', user, ...flags], password);
  };
  return {
    logIn: async (wanted) => {
      const { logins, error } = await run(wanted);
      return logins ?? assert.fail(`the login failed: ${error.text}`);
    },
    fail: async (wanted) => (await run(wanted)).error ?? assert.fail('the login succeeded'),
  };
}

function instanceOf(emulator: Emulator): Emulator['instances'][number] {
  return emulator.instances[0] ?? assert.fail('the emulator has no instance');
}

/** Where a machine has but one loopback address (macOS), the connector has to be told the port. */
function detour(address: string | undefined, port: number | undefined): readonly string[] {
  return port === serverProxyPort ? [] : ['-dial', `${address}:${port}`];
}

function users(logins: readonly Login[]): readonly string[] {
  return logins.map(({ user }) => user);
}
