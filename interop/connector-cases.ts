// What a connector that speaks gRPC to the Admin API has to manage with the emulator, whatever its language.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Emulator, startEmulator } from 'alloydb-emulator';
import type { Login, Report } from './session-program.ts';

export interface Case {
  readonly instance: string;
  readonly keyFile: string;
  readonly user: string;
  /** Default none, as for logins with IAM. */
  readonly password?: string;
  readonly ipType: 'PRIVATE' | 'PUBLIC' | 'PSC';
  readonly connections: number;
  /** What the name for Private Service Connect stands for: nothing resolves it. */
  readonly host: { readonly name: string; readonly address: string };
  /** Done between the first report and a second login. */
  readonly between?: () => Promise<void>;
}

export interface Place {
  /** Where the Admin API is, over gRPC. */
  readonly grpcEndpoint: string;
  /** PEM file of the authority to trust there. */
  readonly authorityFile: string;
  readonly folder: string;
}

/** Runs the program of one language. */
export type Run = (wanted: Case, place: Place) => Promise<readonly Report[]>;

const cluster = 'projects/local/locations/us-central1/clusters/interop';
const uri = `${cluster}/instances/primary`;
const account = 'interop@local.iam.gserviceaccount.com';
/** The name under which PostgreSQL knows the service account. */
const iamUser = 'interop@local.iam';
const stranger = 'stranger@local.iam.gserviceaccount.com';
const app = { name: 'app', password: 'correct horse' };
const pscDnsName = 'interop.us-central1.alloydb-psc.goog.';

/** Each case as a subtest of `t`. `runs` by what tells them apart, such as the driver. */
export async function proveConnector(t: TestContext, runs: Readonly<Record<string, Run>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-interop-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const instances = [{ uri, publicIp: true, pscDnsName }];
  const emulator = undo.use(await startEmulator({ grpcPort: 0, instances }));
  const { grpc, instances: served } = emulator;
  const [instance] = served;
  assert.ok(grpc !== undefined && instance !== undefined);
  if (instance.port !== 5433) {
    t.skip('this machine has but one loopback address, and the connector knows no port but 5433');
    return;
  }
  await emulator.createDatabaseUser(app);
  await emulator.createIamUser(account);
  const keyFileOf = (email: string): string => join(folder, `${email}.json`);
  for (const email of [account, stranger]) await emulator.writeServiceAccountKey(keyFileOf(email), email);
  emulator.revokeRole(stranger, 'roles/alloydb.client');
  const authorityFile = join(folder, 'authority.pem');
  await writeFile(authorityFile, grpc.authority);

  const place = { grpcEndpoint: grpc.endpoint, authorityFile, folder };
  const plain = {
    instance: uri,
    keyFile: keyFileOf(account),
    ipType: 'PRIVATE',
    connections: 1,
    host: { name: pscDnsName.replace(/\.$/, ''), address: instance.address },
  } as const;
  const password = { ...plain, user: app.name, password: app.password };
  const iam = { ...plain, user: iamUser };

  for (const [name, run] of Object.entries(runs)) {
    const logIn = async (wanted: Case): Promise<readonly Login[]> => loginsOf((await run(wanted, place)).at(-1));
    const fail = async (wanted: Case) => (await run(wanted, place))[0]?.error ?? assert.fail('the login succeeded');

    await t.test(`${name}: logs in with a password and with IAM, at the private address`, async () => {
      assert.deepEqual(users(await logIn(password)), [app.name]);
      assert.deepEqual(users(await logIn(iam)), [iamUser]);
    });
    await t.test(`${name}: logs in at the public address, and under the name for Private Service Connect`, async () => {
      for (const ipType of ['PUBLIC', 'PSC'] as const) {
        assert.deepEqual(users(await logIn({ ...password, ipType })), [app.name]);
      }
    });
    await t.test(`${name}: holds 20 connections at once`, async () => {
      for (const login of [password, iam]) {
        const logins = await logIn({ ...login, connections: 20 });
        assert.equal(new Set(logins.map(({ backend }) => backend)).size, 20);
        assert.deepEqual([...new Set(users(logins))], [login.user]);
      }
    });
    await t.test(`${name}: asks for a new certificate when the old one is refused`, async () => {
      const asked = await certificatesAskedFor(emulator, () =>
        logIn({ ...iam, between: () => emulator.rotateCa(uri) }).then((logins) => {
          assert.deepEqual(users(logins), [iamUser]);
        }),
      );
      assert.ok(asked >= 2, `${asked} certificates`);
    });
    await t.test(`${name}: hears from the Admin API that an instance is unknown`, async () => {
      const unknown = `${cluster}/instances/unknown`;
      const { text } = await fail({ ...password, instance: unknown });
      assert.ok(text.includes(`Resource '${unknown}' was not found`), text);
    });
    await t.test(`${name}: hears from the Admin API which permission is missing`, async () => {
      const { text, api } = await fail({ ...password, keyFile: keyFileOf(stranger) });
      assert.match(text, /Permission 'alloydb\.\w+\.\w+' denied on 'projects\/local/);
      // Not every language shows what stands in the details.
      if (api) assert.equal(api.reason, 'IAM_PERMISSION_DENIED');
    });
  }
}

async function certificatesAskedFor(emulator: Emulator, doing: () => Promise<void>): Promise<number> {
  const count = (): number =>
    emulator.statistics().apiCallLog.filter(({ method }) => method === 'generateClientCertificate').length;
  const before = count();
  await doing();
  return count() - before;
}

function loginsOf(report: Report | undefined): readonly Login[] {
  return report?.logins ?? assert.fail(`the login failed: ${report?.error?.text}`);
}

function users(logins: readonly Login[]): readonly string[] {
  return logins.map(({ user }) => user);
}
