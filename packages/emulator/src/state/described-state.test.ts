// Tests what a state file may say, and how its mistakes are told.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulator } from '../start-emulator.ts';
import { describe, readStateFile } from './described-state.ts';

const WEST = 'projects/p/locations/l/clusters/west';
const EAST = 'projects/p/locations/l/clusters/east';
const instances = [{ id: 'i' }];
const good = { clusters: [{ name: WEST, instances }] };

test('describe gives each instance the kind of its cluster', () => {
  const state = describe({
    clusters: [
      { name: EAST, secondaryOf: WEST, instances: [{ id: 'i' }, { id: 'pool', type: 'READ_POOL' }] },
      { name: WEST, instances: [{ id: 'i', state: 'STOPPED' }] },
    ],
  });
  assert.deepEqual(
    state.clusters.flatMap((cluster) => cluster.instances.map(({ type, state: told }) => [type, told])),
    [
      ['SECONDARY', 'READY'],
      ['READ_POOL', 'READY'],
      ['PRIMARY', 'STOPPED'],
    ],
  );
});

const MISTAKES: readonly (readonly [path: string, value: unknown])[] = [
  ['the whole', []],
  ['clusters', {}],
  ['clusters', { clusters: {} }],
  ['clusters[0]', { clusters: ['x'] }],
  ['cluster', { cluster: [] }],
  ['clusters[0].name', { clusters: [{ name: 'west', instances }] }],
  ['clusters[0].instances[0].id', { clusters: [{ name: WEST, instances: [{}] }] }],
  ['clusters[0].instances[0].type', { clusters: [{ name: WEST, instances: [{ id: 'i', type: 'SECONDARY' }] }] }],
  ['clusters[0].instances[0].state', { clusters: [{ name: WEST, instances: [{ id: 'i', state: 'OFF' }] }] }],
  ['clusters[0].instances[0].sslMode', { clusters: [{ name: WEST, instances: [{ id: 'i', sslMode: 'NONE' }] }] }],
  ['clusters[0].instances[0].publicIp', { clusters: [{ name: WEST, instances: [{ id: 'i', publicIp: 'no' }] }] }],
  ['clusters[0].instances[0].nodeCount', { clusters: [{ name: WEST, instances: [{ id: 'i', nodeCount: 21 }] }] }],
  ['clusters[0].instances[1]', { clusters: [{ name: WEST, instances: [...instances, ...instances] }] }],
  ['clusters[0].secondaryOf', { clusters: [{ name: WEST, secondaryOf: EAST, instances }] }],
  ['clusters[1]', { clusters: [...good.clusters, ...good.clusters] }],
  ['users[0].name', { ...good, users: [{ name: 'no-mail', iam: true }] }],
  ['users[0].password', { ...good, users: [{ name: 'a@b.c', iam: true, password: 'p' }] }],
  ['serviceAccounts[0].email', { ...good, serviceAccounts: [{ email: 'ann@example.com' }] }],
  ['keys[0].file', { ...good, keys: [{ serviceAccount: 'a@p.iam.gserviceaccount.com' }] }],
  ['roles[0].permissions[0]', { ...good, roles: [{ name: 'projects/p/roles/abc', permissions: ['x.y'] }] }],
  ['grants[0].role', { ...good, grants: [{ principal: 'a@b.c', role: 'roles/nothing' }] }],
  ['grants[0].on', { ...good, grants: [{ principal: 'a@b.c', role: 'roles/owner', on: 'p' }] }],
  ['services[0].name', { ...good, services: [{ project: 'p', name: 'x.googleapis.com' }] }],
  ['defaultRoles', { ...good, defaultRoles: ['roles/nothing'] }],
];

for (const [path, value] of MISTAKES) {
  test(`describe names ${path} in ${JSON.stringify(value).slice(0, 90)}`, () => {
    assert.throws(
      () => describe(value),
      (error: Error & { readonly code: string; readonly hint: string }) => {
        assert.equal(error.code, 'STATE_FILE');
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.ok(error.hint.length > 0);
        return true;
      },
    );
  });
}

test('readStateFile tells where JSON breaks without quoting it, and that nothing was started', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'described-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'state.json');
  writeFileSync(path, '{ "users": [ { "password": "secret" ');
  assert.throws(
    () => readStateFile(path),
    (error: Error) => !error.message.includes('secret') && error.message.includes(path),
  );
  await assert.rejects(startEmulator({ stateFile: join(folder, 'none.json') }), { code: 'STATE_FILE' });
});

test('an emulator begins with what the example of the documentation describes', async (t) => {
  const page = readFileSync(new URL('../../../../docs/emulator.md', import.meta.url), 'utf8');
  const example = /```json\n(\{\n {2}"clusters"[\s\S]*?)```/.exec(page)?.[1] ?? assert.fail('no example');
  const folder = mkdtempSync(join(tmpdir(), 'described-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, 'state.json');
  writeFileSync(stateFile, example.replace('"key.json"', JSON.stringify(join(folder, 'key.json'))));
  await using emulator = await startEmulator({ stateFile });
  const { clusters, users } = emulator.fleet.status();
  assert.deepEqual(
    clusters.map(({ type, instances: all }) => [type, all.map((one) => [one.type, one.state])]),
    [
      [
        'PRIMARY',
        [
          ['PRIMARY', 'READY'],
          ['READ_POOL', 'STOPPED'],
        ],
      ],
      ['SECONDARY', [['SECONDARY', 'READY']]],
    ],
  );
  assert.deepEqual(users.map(({ name }) => name).toSorted(), ['app@local.iam', 'postgres', 'reports']);
  assert.match(readFileSync(join(folder, 'key.json'), 'utf8'), /"client_email": "app@local\.iam/);
});
