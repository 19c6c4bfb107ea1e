// Tests that an emulator goes on where it was, from the folder in which it kept everything.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import type { Emulator } from '../emulator.ts';
import { startEmulator } from '../start-emulator.ts';
import { ownPort } from '../testing/own-port.ts';
import {
  AUTO_IAM,
  callApi,
  firstInstance,
  openSession,
  requestCertificate,
  requestToken,
  signJwt,
} from '../testing/emulator-client.ts';

const ACCOUNT = 'app@local.iam.gserviceaccount.com';
const PRIMARY = 'projects/local/locations/us-west1/clusters/west/instances/primary';
const CLUSTER = PRIMARY.replace(/\/instances.*/, '');
let parent: string;
let stateDir: string;

before(async () => {
  // PostgreSQL's user has to get there.
  parent = await mkdtemp(join('/tmp', 'state-folder-'));
  await chmod(parent, 0o755);
  stateDir = join(parent, 'state');
});
after(async () => rm(parent, { recursive: true, force: true }));

async function query(
  emulator: Emulator,
  sql: string,
  session: Parameters<typeof openSession>[1],
  user: string,
): Promise<unknown> {
  const stream = await openSession(emulator, session);
  const connect = (): void => void setImmediate(() => stream.emit('connect'));
  const client = new Client({ database: 'postgres', user, stream: () => Object.assign(stream, { connect }) });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test('rows, users, roles, keys, tokens, certificates and addresses are there again after a restart', async () => {
  // A port that nobody else looks for: the addresses are free until they are taken again.
  const ports = { serverProxyPort: await ownPort() };
  // Below the range from which Linux picks ports for outgoing connections.
  const apiPort = 20_000 + (process.pid % 10_000);
  let emulator = await startEmulator({
    ...ports,
    stateDir,
    apiPort,
    postgresPort: await ownPort(),
    instances: [PRIMARY],
  });
  await emulator.createIamUser(ACCOUNT);
  emulator.grantRole(ACCOUNT, { role: 'roles/alloydb.admin', on: 'projects/local' });
  const key = await emulator.serviceAccountKey(ACCOUNT);
  const gone = await emulator.serviceAccountKey(ACCOUNT);
  emulator.deleteServiceAccountKey(gone.private_key_id);
  const token = emulator.mintToken(ACCOUNT);
  const certificate = await requestCertificate(emulator, { token });
  const session = { token, certificate, authType: AUTO_IAM };
  await emulator.fleet.createCluster({ cluster: `${CLUSTER}-2`, secondaryOf: CLUSTER });
  await emulator.fleet.failOver(PRIMARY);
  await emulator.createDatabaseUser({ name: 'built-in', password: 'p' });
  const admin = new Client({ ...emulator.postgres, user: 'postgres' });
  await admin.connect();
  await admin.query('CREATE TABLE kept AS SELECT 42 AS answer; GRANT SELECT ON kept TO PUBLIC');
  await admin.end();
  const { apiEndpoint, superuser } = emulator;
  const instance = firstInstance(emulator);
  await emulator.close();

  emulator = await startEmulator({ ...ports, stateDir });
  try {
    assert.equal(emulator.apiEndpoint, apiEndpoint);
    assert.deepEqual(emulator.superuser, superuser);
    assert.deepEqual(firstInstance(emulator), instance);
    assert.equal(await query(emulator, 'SELECT answer FROM kept', session, 'app@local.iam'), 42);
    const { status, body } = await callApi(emulator, { path: `/v1/${CLUSTER}-2`, token });
    assert.deepEqual([status, (body as { clusterType: string }).clusterType], [200, 'SECONDARY']);
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: ACCOUNT, aud: key.token_uri, scope: 'https://www.googleapis.com/auth/cloud-platform', iat };
    const redeem = async (by: typeof key): Promise<number> =>
      (await requestToken(key.token_uri, signJwt(by, { ...claims, exp: iat + 3600 }))).status;
    assert.deepEqual([await redeem(key), await redeem(gone)], [200, 400]);
    assert.deepEqual(
      emulator.fleet.status().users.map(({ name }) => name),
      ['postgres', 'built-in', 'app@local.iam'],
    );
  } finally {
    await emulator.close();
  }
});

function rulesOf(emulator: Emulator) {
  const instances = emulator.fleet.status().clusters.flatMap((cluster) => cluster.instances);
  return instances.map(({ instance, requireConnectors, sslMode }) => ({ instance, requireConnectors, sslMode }));
}

test('connection rules are kept over a restart, however they were given or changed', async () => {
  const folder = join(parent, 'rules');
  const [given, changed] = ['given', 'changed'].map((id) => `${CLUSTER}/instances/${id}`) as [string, string];
  const told = { requireConnectors: true, sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' } as const;
  const former = await startEmulator({ stateDir: folder, instances: [{ uri: given, ...told }, changed] });
  former.setConnectionRule({ instance: changed, sslMode: told.sslMode });
  const rules = [
    { instance: given, ...told },
    { instance: changed, requireConnectors: false, sslMode: told.sslMode },
  ];
  assert.deepEqual(rulesOf(former), rules);
  await former.close();
  await using emulator = await startEmulator({ stateDir: folder });
  assert.deepEqual(rulesOf(emulator), rules);
  const [refusing, open] = emulator.instances.map(({ address, postgresPort }) => ({
    ...emulator.superuser,
    host: address,
    port: postgresPort,
    database: 'postgres',
  }));
  await assert.rejects(new Client(refusing).connect(), { code: '28000' });
  const client = new Client(open);
  await client.connect();
  await client.end();
});

test('what lies in the folder is for its owner alone, and nothing is left of the lock', async () => {
  assert.equal((await stat(stateDir)).mode & 0o777, process.getuid?.() === 0 ? 0o711 : 0o700);
  assert.equal((await stat(join(stateDir, 'state.json'))).mode & 0o777, 0o600);
  assert.equal((await stat(join(stateDir, 'postgres'))).mode & 0o777, 0o700);
  assert.deepEqual((await readdir(stateDir)).toSorted(), ['postgres', 'state.json']);
});

test('a second emulator on the folder is refused, and the password may be changed by the next start', async () => {
  await using emulator = await startEmulator({ stateDir, postgresPassword: 'another' });
  assert.equal(emulator.superuser.password, 'another');
  await assert.rejects(startEmulator({ stateDir }), { code: 'STATE_FOLDER', message: new RegExp(`${process.pid}`) });
  const client = new Client({ ...emulator.postgres });
  await client.connect();
  await client.end();
});

test('after kill -9 the next one goes on, with every row that was committed and all that had been answered', async () => {
  const script = `
    import { startEmulator } from ${JSON.stringify(new URL('../start-emulator.ts', import.meta.url).href)};
    import { Client } from ${JSON.stringify(import.meta.resolve('pg'))};
    const emulator = await startEmulator({ stateDir: ${JSON.stringify(stateDir)} });
    await emulator.createDatabaseUser({ name: 'late', password: 'p' });
    const client = new Client({ ...emulator.postgres });
    await client.connect();
    await client.query('INSERT INTO kept VALUES (43)');
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--conditions=alloydb-source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using emulator = await startEmulator({ stateDir });
  assert.ok(emulator.fleet.status().users.some(({ name }) => name === 'late'));
  const client = new Client({ ...emulator.postgres });
  await client.connect();
  assert.equal((await client.query('SELECT * FROM kept')).rowCount, 2);
  await client.end();
});

test('a state file that cannot be used is refused, and nothing is started', async () => {
  const other = join(parent, 'other');
  await (await startEmulator({ stateDir: other })).close();
  for (const text of ['{', '{"version":2}']) {
    await writeFile(join(other, 'state.json'), text);
    await assert.rejects(startEmulator({ stateDir: other }), { code: 'STATE_FOLDER', hint: /move the folder away/ });
  }
  await writeFile(join(parent, 'file'), '');
  await assert.rejects(startEmulator({ stateDir: join(parent, 'file') }), { code: 'STATE_FOLDER' });
});
