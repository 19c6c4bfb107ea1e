// Tests the calls of the Admin API that manage, as a client of the real one makes them: an order, then its operation.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiAnswer, type ApiClient, clientAs } from '../testing/api-client.ts';
import { CLUSTER, type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

const ADMIN = 'admin@p.iam.gserviceaccount.com';
const LOCATION = '/v1/projects/p/locations/l';
const PRIMARY = `/v1/${URI}`;
let setting: HttpSetting;
let admin: ApiClient;

before(async () => {
  setting = await startHttpSetting();
  setting.policy.grant(ADMIN, 'roles/alloydb.admin');
  admin = clientAs(setting, ADMIN);
});
after(async () => setting[Symbol.asyncDispose]());

/** Orders, and asks for the operation until it is done. */
async function operate(method: string, path: string, body?: unknown): Promise<ApiAnswer['body']> {
  const ordered = await admin(method, path, body);
  assert.equal(ordered.status, 200, JSON.stringify(ordered.body));
  assert.equal(ordered.body['done'], false);
  for (;;) {
    const { body: operation } = await admin('GET', `/v1/${String(ordered.body['name'])}`);
    if (operation['done'] === true) return operation;
  }
}

test('createInstance is an operation whose response is the instance', async () => {
  const pool = { instanceType: 'READ_POOL', readPoolConfig: { nodeCount: 3 }, machineConfig: { cpuCount: 2 } };
  const operation = await operate('POST', `/v1/${CLUSTER}/instances?instanceId=pool`, pool);
  const { '@type': type, name, state, nodes } = operation['response'] as Record<string, unknown>;
  assert.equal(type, 'type.googleapis.com/google.cloud.alloydb.v1.Instance');
  assert.deepEqual([name, state, (nodes as unknown[]).length], [`${CLUSTER}/instances/pool`, 'READY', 3]);
  const metadata = operation['metadata'] as Record<string, unknown>;
  assert.deepEqual([metadata['verb'], metadata['target']], ['create', `${CLUSTER}/instances/pool`]);
  const again = await admin('POST', `/v1/${CLUSTER}/instances?instanceId=pool`, pool);
  assert.deepEqual([again.status, again.error], [409, 'ALREADY_EXISTS']);
  await operate('DELETE', `/v1/${CLUSTER}/instances/pool`);
  assert.equal((await admin('GET', `/v1/${CLUSTER}/instances/pool`)).status, 404);
});

test('an instance is stopped and started by its activation policy', async () => {
  const path = `${PRIMARY}?updateMask=activationPolicy`;
  const { response } = await operate('PATCH', path, { activationPolicy: 'NEVER' });
  assert.equal((response as Record<string, unknown>)['state'], 'STOPPED');
  const refused = await admin('POST', `${PRIMARY}:failover`, {});
  assert.deepEqual([refused.status, refused.error], [400, 'FAILED_PRECONDITION']);
  await operate('PATCH', path, { activationPolicy: 'ALWAYS' });
  assert.equal((await admin('GET', PRIMARY)).body['state'], 'READY');
});

test('an update changes just what its mask names', async () => {
  const body = { clientConnectionConfig: { requireConnectors: true }, connectionPoolConfig: { enabled: true } };
  await operate('PATCH', `${PRIMARY}?updateMask=clientConnectionConfig.requireConnectors`, body);
  const { clientConnectionConfig, connectionPoolConfig } = (await admin('GET', PRIMARY)).body;
  assert.equal((clientConnectionConfig as Record<string, unknown>)['requireConnectors'], true);
  assert.equal(connectionPoolConfig, undefined);
});

test('the connection rule of an instance is given at its creation and changed by an update, but not with validateOnly', async () => {
  const sslConfig = { sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' };
  const rule = { requireConnectors: true, sslConfig };
  const path = `/v1/${CLUSTER}/instances/ruled`;
  const created = { instanceType: 'READ_POOL', clientConnectionConfig: rule };
  const { response } = await operate('POST', `/v1/${CLUSTER}/instances?instanceId=ruled`, created);
  assert.deepEqual((response as Record<string, unknown>)['clientConnectionConfig'], rule);
  const mask = 'updateMask=client_connection_config.require_connectors,readPoolConfig';
  const update = { clientConnectionConfig: { requireConnectors: false }, readPoolConfig: { nodeCount: 2 } };
  const now = async () => {
    const { clientConnectionConfig, nodes } = (await admin('GET', path)).body;
    return [clientConnectionConfig, (nodes as unknown[]).length];
  };
  await operate('PATCH', `${path}?${mask}&validateOnly=true`, update);
  assert.deepEqual(await now(), [rule, 1]);
  const operation = await operate('PATCH', `${path}?${mask}`, update);
  assert.equal((operation['metadata'] as Record<string, unknown>)['verb'], 'update');
  assert.deepEqual(await now(), [{ requireConnectors: false, sslConfig }, 2]);
  await operate('DELETE', path);
});

test('an update without a mask takes what the body has, and nothing that cannot be changed here', async () => {
  await operate('PATCH', PRIMARY, { connection_pool_config: { enabled: true } });
  assert.deepEqual((await admin('GET', PRIMARY)).body['connectionPoolConfig'], { enabled: true });
  // What the mask names and the body lacks goes back to its default.
  await operate('PATCH', `${PRIMARY}?updateMask=connectionPoolConfig`, {});
  assert.equal((await admin('GET', PRIMARY)).body['connectionPoolConfig'], undefined);
  const refused = await admin('PATCH', PRIMARY, { machineConfig: { cpuCount: 4 } });
  assert.equal(refused.status, 501);
  assert.match(refused.message ?? '', /not "machineConfig\.cpuCount"/);
  for (const body of [{ activationPolicy: 'NEVERMORE' }, { readPoolConfig: { nodeCount: 21 } }]) {
    assert.equal((await admin('PATCH', PRIMARY, body)).status, 400);
  }
  assert.equal((await admin('PATCH', `${PRIMARY}x`, {})).status, 404);
});

test('failover changes the node, and with validateOnly nothing', async () => {
  const node = async (): Promise<unknown> => (await admin('GET', PRIMARY)).body['writableNode'];
  const first = await node();
  await operate('POST', `${PRIMARY}:failover`, { validateOnly: true });
  assert.deepEqual(await node(), first);
  await operate('POST', `${PRIMARY}:failover`, {});
  assert.notDeepEqual(await node(), first);
});

test('a secondary cluster is created, switched over to and promoted', async () => {
  const east = `${LOCATION}/clusters/east`;
  await operate('POST', `${LOCATION}/clusters:createsecondary?clusterId=east`, {
    secondaryConfig: { primaryClusterName: CLUSTER },
  });
  await operate('POST', `${east}/instances:createsecondary?instanceId=i`, {});
  const { response } = await operate('POST', `${east}:switchover`, {});
  assert.equal((response as Record<string, unknown>)['clusterType'], 'PRIMARY');
  assert.equal((await admin('GET', PRIMARY)).body['instanceType'], 'SECONDARY');
  await operate('POST', `/v1/${CLUSTER}:promote`, {});
  assert.equal((await admin('GET', PRIMARY)).body['instanceType'], 'PRIMARY');
  assert.equal((await admin('DELETE', east)).error, 'FAILED_PRECONDITION');
  await operate('DELETE', `${east}?force=true`);
});

test('what does not fit is refused before anything begins', async () => {
  const instances = `/v1/${CLUSTER}/instances`;
  assert.equal((await admin('POST', `${instances}?instanceId=X`, { instanceType: 'PRIMARY' })).status, 400);
  assert.match(
    (await admin('POST', `${instances}?instanceId=x`, { instanceType: 'PRIMARY' })).message ?? '',
    /has a PRIMARY/,
  );
  assert.equal((await admin('POST', `${instances}?instanceId=x`, { instanceType: 'SECONDARY' })).status, 400);
  assert.equal((await admin('POST', `${LOCATION}/clusters/x/instances?instanceId=x`, {})).status, 400);
  const nowhere = `${LOCATION}/clusters/x/instances?instanceId=x`;
  assert.equal((await admin('POST', nowhere, { instanceType: 'PRIMARY' })).status, 404);
});

test('managing takes the permission of each call', async () => {
  const client = clientAs(setting, 'reader@p.iam.gserviceaccount.com');
  const refused = await client('POST', `${PRIMARY}:failover`, {});
  assert.deepEqual([refused.status, refused.reason], [403, 'IAM_PERMISSION_DENIED']);
  assert.match(refused.message ?? '', new RegExp(`'alloydb.instances.failover' denied on '${URI}'`));
});

test('the users of a cluster are listed, and one that is not there is not found', async () => {
  const { body } = await admin('GET', `/v1/${CLUSTER}/users`);
  assert.deepEqual(body, { users: [{ name: `${CLUSTER}/users/postgres`, userType: 'ALLOYDB_BUILT_IN' }] });
  assert.equal((await admin('GET', `/v1/${CLUSTER}/users/ann@example.com`)).status, 404);
  assert.equal((await admin('POST', `/v1/${CLUSTER}/users?userId=ann`, {})).status, 400);
  setting.states.setUnreachable('l', true);
  assert.equal((await admin('GET', `/v1/${CLUSTER}/users`)).status, 503);
  setting.states.setUnreachable('l', false);
});
