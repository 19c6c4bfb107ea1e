// Tests the lists of the Admin API over HTTP: whose they are, in which pages, and what happens to regions out of reach.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type ApiClient, clientAs } from '../testing/api-client.ts';
import { CLUSTER, type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

const OTHERS = [
  `${CLUSTER}/instances/reader`,
  'projects/p/locations/l/clusters/d/instances/i',
  'projects/p/locations/far/clusters/c/instances/i',
  'projects/q/locations/l/clusters/c/instances/i',
];
const INSTANCES = '/v1/projects/p/locations/-/clusters/-/instances';
const CLUSTERS = '/v1/projects/p/locations/-/clusters';

interface List {
  readonly instances?: readonly { readonly name: string }[];
  readonly clusters?: readonly { readonly name: string }[];
  readonly nextPageToken?: string;
  readonly unreachable?: readonly string[];
}

let setting: HttpSetting;
let asViewer: ApiClient;

before(async () => {
  setting = await startHttpSetting({ defaultRoles: [], instances: OTHERS });
  setting.policy.grant('viewer@example.com', { role: 'roles/alloydb.viewer', on: 'projects/p' });
  asViewer = clientAs(setting, 'viewer@example.com');
});
beforeEach(() => setting.states.setUnreachable('far', false));
after(async () => setting[Symbol.asyncDispose]());

async function list(path: string): Promise<List> {
  const { status, body } = await asViewer('GET', path);
  assert.equal(status, 200, path);
  return body;
}

const namesOf = ({ instances, clusters }: List) => (instances ?? clusters)?.map(({ name }) => name);

test('listInstances gives those of the project, the location and the cluster asked for', async () => {
  assert.deepEqual(namesOf(await list(INSTANCES)), [URI, ...OTHERS.slice(0, 3)]);
  assert.deepEqual(namesOf(await list(INSTANCES.replace('locations/-', 'locations/l'))), [URI, ...OTHERS.slice(0, 2)]);
  assert.deepEqual(namesOf(await list(`/v1/${CLUSTER}/instances`)), [URI, OTHERS[0]]);
  assert.equal((await asViewer('GET', `/v1/${CLUSTER}x/instances`)).status, 404);
});

test('listClusters and getCluster give the clusters', async () => {
  const clusters = [CLUSTER, 'projects/p/locations/l/clusters/d', 'projects/p/locations/far/clusters/c'];
  assert.deepEqual(namesOf(await list(CLUSTERS)), clusters);
  assert.deepEqual(namesOf(await list(CLUSTERS.replace('-', 'l'))), clusters.slice(0, 2));
  const { body } = await asViewer('GET', `/v1/${CLUSTER}`);
  const { uid, ...rest } = body;
  assert.match(String(uid), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(rest, { name: CLUSTER, displayName: 'c', state: 'READY', clusterType: 'PRIMARY' });
  assert.equal((await asViewer('GET', `/v1/${CLUSTER}x`)).status, 404);
});

for (const path of [INSTANCES, CLUSTERS]) {
  test(`the pages of ${path} are the list`, async () => {
    const whole = namesOf(await list(path)) ?? [];
    for (const size of [1, 2, whole.length, whole.length + 1]) {
      const names: string[] = [];
      let token = '';
      do {
        const page = await list(`${path}?pageSize=${size}&pageToken=${token}`);
        names.push(...(namesOf(page) ?? []));
        token = page.nextPageToken ?? '';
      } while (token !== '');
      assert.deepEqual(names, whole, `pages of ${size}`);
    }
    for (const query of ['pageSize=-1', 'pageSize=x', 'pageToken=2']) {
      assert.equal((await asViewer('GET', `${path}?${query}`)).error, 'INVALID_ARGUMENT', query);
    }
  });
}

test('a region out of reach is left out of lists over all and named there, and answers 503 itself', async () => {
  setting.states.setUnreachable('far', true);
  for (const path of [INSTANCES, CLUSTERS]) {
    const answer = await list(path);
    assert.deepEqual(answer.unreachable, ['projects/p/locations/far']);
    assert.ok(!JSON.stringify(namesOf(answer)).includes('/far/'));
    assert.equal((await list(path.replace('locations/-', 'locations/l'))).unreachable, undefined);
    const there = await asViewer('GET', path.replace('locations/-', 'locations/far'));
    assert.deepEqual([there.status, there.error], [503, 'UNAVAILABLE']);
  }
  assert.equal((await asViewer('GET', `/v1/${OTHERS[2]}`)).status, 503);
  setting.states.setUnreachable('far', false);
  assert.equal((await list(INSTANCES)).unreachable, undefined);
});

test('the lists need their permission, which roles/alloydb.client lacks', async () => {
  setting.policy.grant('client@example.com', { role: 'roles/alloydb.client', on: 'projects/p' });
  const asClient = clientAs(setting, 'client@example.com');
  for (const [path, permission] of [
    [INSTANCES, 'alloydb.instances.list'],
    [CLUSTERS, 'alloydb.clusters.list'],
  ] as const) {
    const { status, reason, message } = await asClient('GET', path);
    assert.deepEqual([status, reason], [403, 'IAM_PERMISSION_DENIED']);
    assert.match(message ?? '', new RegExp(`^Permission '${permission}' denied on 'projects/p/locations/-`));
  }
  assert.equal((await asClient('GET', `/v1/${URI}`)).status, 200);
});

test('getInstance tells the state that was set', async () => {
  const { body } = await asViewer('GET', `/v1/${URI}`);
  assert.deepEqual(body, {
    name: URI,
    displayName: 'i',
    uid: 'u-1',
    state: 'READY',
    instanceType: 'PRIMARY',
    activationPolicy: 'ALWAYS',
    availabilityType: 'REGIONAL',
    writableNode: { zoneId: 'l-a', id: 'i-node-1', state: 'READY' },
    ipAddress: '127.0.0.2',
    pscInstanceConfig: { pscDnsName: 'x.psc.goog.' },
    clientConnectionConfig: { requireConnectors: false, sslConfig: { sslMode: 'ENCRYPTED_ONLY' } },
  });
  setting.states.set(URI, 'MAINTENANCE');
  assert.equal((await asViewer('GET', `/v1/${URI}`)).body.state, 'MAINTENANCE');
  setting.states.set(URI, 'READY');
});
