// Tests what becomes of addresses, sessions and writes, through the server-side proxy and at the PostgreSQL port, when instances fail over, stop, and clusters exchange their parts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import type { Emulator } from './emulator.ts';
import type { EmulatorInstance } from './endpoints.ts';
import { startEmulator } from './start-emulator.ts';
import { ownPort } from './testing/own-port.ts';
import { AUTO_IAM, callApi, openSession, requestCertificate } from './testing/emulator-client.ts';

const WEST = 'projects/local/locations/us-west1/clusters/west';
const EAST = 'projects/local/locations/us-east1/clusters/east';
const PRIMARY = `${WEST}/instances/primary`;
const POOL = `${WEST}/instances/pool`;
const SECONDARY = `${EAST}/instances/secondary`;
const ACCOUNT = 'app@local.iam.gserviceaccount.com';
let emulator: Emulator;
let token: string;

before(async () => {
  // A port that nobody else looks for: what is free again stays so.
  const [serverProxyPort, postgresPort] = [await ownPort(), await ownPort()];
  emulator = await startEmulator({
    serverProxyPort,
    postgresPort,
    instances: [PRIMARY, { uri: POOL, type: 'READ_POOL', nodeCount: 2 }],
  });
  await emulator.createIamUser(ACCOUNT);
  emulator.grantRole(ACCOUNT, 'roles/alloydb.admin');
  token = emulator.mintToken(ACCOUNT);
  await emulator.fleet.createCluster({ cluster: EAST, secondaryOf: WEST });
  await emulator.fleet.createInstance({ uri: SECONDARY });
});
after(async () => emulator.close());

function instance(uri: string): EmulatorInstance {
  return emulator.instances.find((one) => one.uri === uri) ?? assert.fail(`no ${uri}`);
}

async function query(
  uri: string,
  sql: string,
  how: Partial<Parameters<typeof openSession>[1]> = {},
  login: { readonly user: string; readonly password?: string } = emulator.superuser,
): Promise<unknown> {
  const stream = await openSession(emulator, { token, instance: instance(uri), ...how });
  // pg connects its stream; this one has long been connected.
  const connect = (): void => void setImmediate(() => stream.emit('connect'));
  const client = new Client({ database: 'postgres', ...login, stream: () => Object.assign(stream, { connect }) });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

/** At the PostgreSQL port of the instance. */
function directClient(uri: string, login: { readonly user: string; readonly password?: string } = emulator.superuser) {
  const { address: host, postgresPort: port } = instance(uri);
  return new Client({ host, port, database: 'postgres', ssl: { ca: emulator.caCertificate(uri) }, ...login });
}

/** However it ends. */
async function endOf(client: Client): Promise<void> {
  client.on('error', () => {});
  await new Promise<void>((resolve) => client.once('end', () => resolve()));
}

async function queryDirectly(uri: string, sql: string, login?: Parameters<typeof directClient>[1]): Promise<unknown> {
  const client = directClient(uri, login);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function view(uri: string): Promise<Readonly<Record<string, unknown>>> {
  return (await callApi(emulator, { path: `/v1/${uri}`, token })).body as Readonly<Record<string, unknown>>;
}

const WRITE = 'CREATE TABLE forbidden ()';
const ENCRYPTED_OR_NOT = 'ALLOW_UNENCRYPTED_AND_ENCRYPTED';
const READ_ONLY = { code: '25006', message: /in a read-only transaction/ };

test('a read pool and a secondary instance refuse writes with the code of a standby, however one logs in', async () => {
  for (const uri of [POOL, SECONDARY]) {
    assert.equal(await query(uri, 'SELECT 7'), 7);
    await assert.rejects(query(uri, WRITE), READ_ONLY);
    await assert.rejects(query(uri, WRITE, { authType: AUTO_IAM }, { user: 'app@local.iam' }), READ_ONLY);
    const certificate = await requestCertificate(emulator, { token, instance: instance(uri) });
    await assert.rejects(query(uri, WRITE, { certificate }), READ_ONLY);
    assert.equal(await queryDirectly(uri, 'SELECT 7'), 7);
    await assert.rejects(queryDirectly(uri, WRITE), READ_ONLY);
    await assert.rejects(queryDirectly(uri, WRITE, { user: 'app@local.iam', password: token }), READ_ONLY);
  }
  assert.equal(await query(PRIMARY, 'SHOW transaction_read_only'), 'off');
  assert.equal(await queryDirectly(PRIMARY, 'SHOW transaction_read_only'), 'off');
});

test('an instance that is created while the emulator runs has a PostgreSQL port, until it is deleted', async () => {
  const uri = `${WEST}/instances/late`;
  await emulator.fleet.createInstance({ uri, type: 'READ_POOL', publicIp: true, sslMode: ENCRYPTED_OR_NOT });
  const { publicAddress, publicPostgresPort = 0, ...own } = instance(uri);
  assert.equal(await queryDirectly(uri, 'SELECT 8'), 8);
  const plain = new Client({
    host: publicAddress,
    port: publicPostgresPort,
    database: 'postgres',
    ...emulator.superuser,
  });
  await plain.connect();
  const lost = endOf(plain);
  await emulator.fleet.deleteInstance(uri);
  await lost;
  for (const place of [
    { host: own.address, port: own.postgresPort },
    { host: publicAddress, port: publicPostgresPort },
  ]) {
    await assert.rejects(new Client(place).connect(), { code: 'ECONNREFUSED' });
  }
});

test('an instance that is made again under the name of a deleted one does not have its connection rule', async () => {
  const uri = `${WEST}/instances/again`;
  await emulator.fleet.createInstance({ uri, type: 'READ_POOL', requireConnectors: true });
  await assert.rejects(queryDirectly(uri, 'SELECT 9'), { code: '28000' });
  await emulator.fleet.deleteInstance(uri);
  await emulator.fleet.createInstance({ uri, type: 'READ_POOL' });
  assert.equal(await queryDirectly(uri, 'SELECT 9'), 9);
  await emulator.fleet.deleteInstance(uri);
});

test('a failover and a restart break the sessions at the PostgreSQL port, and a new one reaches the same place', async () => {
  for (const order of ['failOver', 'restartInstance'] as const) {
    const client = directClient(PRIMARY);
    await client.connect();
    const lost = endOf(client);
    await emulator.fleet[order](PRIMARY);
    await lost;
    assert.equal(await queryDirectly(PRIMARY, 'SELECT 10'), 10);
  }
});

test('after a failover another node serves the same address with the same authority, and sessions are lost', async () => {
  const former = instance(PRIMARY);
  const certificate = await requestCertificate(emulator, { token, instance: former });
  const session = await openSession(emulator, { token, certificate, instance: former });
  const shown = session.getPeerX509Certificate()?.fingerprint256;
  session
    .on('error', () => {})
    .on('end', () => session.destroy())
    .resume();
  const lost = once(session, 'close');
  const zone = (await view(PRIMARY))['writableNode'];
  await emulator.fleet.failOver(PRIMARY);
  await lost;
  assert.deepEqual({ ...instance(PRIMARY), node: 0 }, { ...former, node: 0 });
  assert.notDeepEqual((await view(PRIMARY))['writableNode'], zone);
  const again = await openSession(emulator, { token, certificate, instance: former });
  assert.notEqual(again.getPeerX509Certificate()?.fingerprint256, shown);
  again.destroy();
  await assert.rejects(emulator.fleet.failOver(POOL), { code: 'NOT_POSSIBLE' });
});

test('a stopped instance cannot fail over, and stays stopped when its cluster is switched over', async () => {
  await emulator.setInstanceState({ instance: PRIMARY, state: 'STOPPED' });
  await assert.rejects(emulator.fleet.failOver(PRIMARY), { code: 'NOT_POSSIBLE', hint: 'start it first' });
  await emulator.fleet.switchOver(EAST);
  await assert.rejects(query(PRIMARY, 'SELECT 1'), { code: 'ECONNREFUSED' });
  await assert.rejects(queryDirectly(PRIMARY, 'SELECT 1'), { code: 'ECONNREFUSED' });
  await emulator.fleet.switchOver(WEST);
  await emulator.setInstanceState({ instance: PRIMARY, state: 'READY' });
  assert.equal(await query(PRIMARY, 'SHOW transaction_read_only'), 'off');
});

test('a switchover moves the writes to the secondary cluster, and the addresses stay', async () => {
  const addresses = emulator.instances.map(({ uri, address }) => [uri, address]);
  await emulator.fleet.switchOver(EAST);
  assert.equal(await query(SECONDARY, 'SHOW transaction_read_only'), 'off');
  assert.equal(await queryDirectly(SECONDARY, 'SHOW transaction_read_only'), 'off');
  await assert.rejects(query(PRIMARY, WRITE), READ_ONLY);
  await assert.rejects(queryDirectly(PRIMARY, WRITE), READ_ONLY);
  assert.deepEqual(
    emulator.instances.map(({ uri, address }) => [uri, address]),
    addresses,
  );
  assert.equal((await view(PRIMARY))['instanceType'], 'SECONDARY');
  const { clusterType, primaryConfig } = await view(EAST);
  assert.deepEqual([clusterType, primaryConfig], ['PRIMARY', { secondaryClusterNames: [WEST] }]);
  assert.deepEqual((await view(WEST))['secondaryConfig'], { primaryClusterName: EAST });
  await assert.rejects(emulator.fleet.switchOver(EAST), { code: 'NOT_POSSIBLE' });
  await emulator.fleet.switchOver(WEST);
});

test('a promoted cluster takes writes of its own, and one that others follow cannot be deleted before', async () => {
  await assert.rejects(emulator.fleet.deleteCluster(WEST, { force: true }), { code: 'NOT_POSSIBLE' });
  await assert.rejects(emulator.fleet.deleteCluster(EAST), { code: 'NOT_POSSIBLE', hint: /force/ });
  await emulator.fleet.promote(EAST);
  assert.equal(await query(SECONDARY, 'SHOW transaction_read_only'), 'off');
  const { address, port } = instance(SECONDARY);
  await emulator.fleet.deleteCluster(EAST, { force: true });
  assert.ok(!emulator.instances.some(({ uri }) => uri === SECONDARY));
  assert.equal((await callApi(emulator, { path: `/v1/${EAST}`, token })).status, 404);
  // The address is free for the next one.
  await emulator.fleet.createInstance({ uri: `${WEST}/instances/next`, type: 'READ_POOL' });
  if (process.platform !== 'darwin') {
    assert.deepEqual([instance(`${WEST}/instances/next`).address, port], [address, instance(PRIMARY).port]);
  }
});

test('what is ordered at once is done one after the other', async () => {
  const failover = emulator.fleet.failOver(PRIMARY);
  await emulator.setInstanceState({ instance: PRIMARY, state: 'STOPPED' });
  await failover;
  await assert.rejects(query(PRIMARY, 'SELECT 1'), { code: 'ECONNREFUSED' });
  await emulator.setInstanceState({ instance: PRIMARY, state: 'READY' });
  const twin = { uri: `${WEST}/instances/twin`, type: 'READ_POOL' } as const;
  const outcomes = await Promise.allSettled([emulator.fleet.createInstance(twin), emulator.fleet.createInstance(twin)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  await emulator.fleet.deleteInstance(twin.uri);
});

test('what is there already, or nowhere, is refused with a reason', async () => {
  await assert.rejects(emulator.fleet.createCluster({ cluster: WEST }), { code: 'ALREADY_EXISTS' });
  await assert.rejects(emulator.fleet.createInstance({ uri: PRIMARY }), { code: 'ALREADY_EXISTS' });
  const strange = `${WEST}x/instances/i`;
  await assert.rejects(emulator.fleet.createInstance({ uri: strange }), { code: 'UNKNOWN_INSTANCE', hint: /west/ });
  await assert.rejects(emulator.fleet.createCluster({ cluster: 'west' }), { code: 'INVALID_OPTION' });
});

test('users that the Admin API creates log in, are listed in each cluster, and can be deleted', async () => {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${emulator.apiEndpoint}/v1/${WEST}/users${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  };
  const ann = { password: 'first', databaseRoles: ['alloydbsuperuser', 'pg_monitor'] };
  assert.deepEqual(await call('POST', '?userId=ann', ann), {
    status: 200,
    body: { name: `${WEST}/users/ann`, userType: 'ALLOYDB_BUILT_IN' },
  });
  assert.equal((await call('POST', '?userId=ann', ann)).status, 409);
  assert.equal((await call('PATCH', '/ann?updateMask=password', { password: 'second' })).status, 200);
  const member = `SELECT pg_has_role('alloydbsuperuser', 'member') AND pg_has_role('pg_monitor', 'member')`;
  assert.equal(await query(PRIMARY, member, {}, { user: 'ann', password: 'second' }), true);
  assert.equal((await call('POST', '?userId=robot@local.iam', { userType: 'ALLOYDB_IAM_USER' })).status, 200);
  emulator.grantRole('robot@local.iam.gserviceaccount.com', 'roles/alloydb.databaseUser');
  const robot = emulator.mintToken('robot@local.iam.gserviceaccount.com');
  const iam = { authType: AUTO_IAM, token: robot };
  assert.equal(await query(PRIMARY, 'SELECT current_user', iam, { user: 'robot@local.iam' }), 'robot@local.iam');
  assert.equal((await call('DELETE', '/ann')).status, 200);
  assert.equal((await call('GET', '/ann')).status, 404);
  assert.equal((await call('DELETE', '/postgres')).status, 404);
});
