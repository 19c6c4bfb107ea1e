// Tests the control API over HTTP: what it takes, what it refuses and from whom.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { FAULT_TABLE } from '../faults/fault-table.ts';
import { CLUSTER, type HttpSetting, startHttpSetting, URI } from '../testing/http-setting.ts';

let setting: HttpSetting;

before(async () => {
  setting = await startHttpSetting();
});
beforeEach(() => setting.faults.clear());
after(async () => setting[Symbol.asyncDispose]());

async function send(method: string, path: string, body?: unknown) {
  const response = await fetch(`${setting.apiEndpoint}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function reasonFor(order: unknown, path = '/faults'): Promise<string> {
  const { status, body } = await send('POST', path, order);
  assert.equal(status, 400);
  return (body as { error: { message: string } }).error.message;
}

test('POST /faults takes one order or many, GET lists what is left, DELETE forgets them', async () => {
  await send('POST', '/faults', { kind: 'api-delay', delayMs: 5, times: 2 });
  await send('POST', '/faults', [{ kind: 'truncated-reply' }, { kind: 'exchange-error', message: 'no' }]);
  setting.faults.take('api');
  const { status, body } = await send('GET', '/faults');
  assert.equal(status, 200);
  assert.deepEqual(body, {
    faults: [
      { kind: 'api-delay', delayMs: 5, times: 1 },
      { kind: 'truncated-reply', times: 1 },
      { kind: 'exchange-error', message: 'no', times: 1 },
    ],
  });
  assert.deepEqual(await send('DELETE', '/faults'), { status: 200, body: { faults: [] } });
});

const MISTAKES: readonly (readonly [unknown, RegExp])[] = [
  [{ kind: 'earthquake' }, /unknown kind "earthquake"; the kinds are close-at-accept, /],
  [{ kind: 'toString' }, /unknown kind/],
  [{}, /unknown kind undefined/],
  ['api-reset', /not an object/],
  [[[]], /not an object/],
  [{ kind: 'api-reset', tiems: 2 }, /api-reset has no field "tiems"; its fields are kind, times, instance, method/],
  [{ kind: 'api-delay' }, /api-delay needs the field "delayMs"/],
  [{ kind: 'api-delay', delayMs: '5' }, /"delayMs" of api-delay must be a number/],
  [{ kind: 'api-error', status: 200 }, /"status" of api-error must be a status from 400/],
  [{ kind: 'api-error', status: 403, metadata: { a: 1 } }, /"metadata" of api-error must be an object of texts/],
  [{ kind: 'api-reset', method: 'none' }, /"method" of api-reset must be one of connectionInfo, /],
  [{ kind: 'api-reset', times: 0 }, /"times" of api-reset must be a whole number above 0/],
  [{ kind: 'token-reset', instance: 'x' }, /token-reset has no field "instance"/],
  [{ kind: 'token-reset', grant: 'password' }, /"grant" of token-reset must be one of jwt-bearer, /],
  [{ kind: 'postgres-error', message: 'x', sqlState: '1' }, /"sqlState" of postgres-error must be five/],
  [{ kind: 'stall-at-accept', instance: 'projects/x' }, /the emulator does not serve it/],
];

for (const [order, reason] of MISTAKES) {
  test(`POST /faults says what is wrong with ${JSON.stringify(order)}`, async () => {
    assert.match(await reasonFor(order), reason);
  });
}

test('POST /faults takes all of a list or nothing', async () => {
  await reasonFor([{ kind: 'api-reset' }, { kind: 'earthquake' }]);
  assert.deepEqual(setting.faults.pending(), []);
});

test('every kind of fault can be ordered with the fields that it needs', async () => {
  const values = { message: 'x', byteIntervalMs: 1, delayMs: 1, status: 500, error: 'x', description: 'x' };
  for (const [kind, row] of Object.entries(FAULT_TABLE)) {
    const needs = 'needs' in row ? Object.keys(row.needs) : [];
    const fields = Object.entries(values).filter(([name]) => needs.includes(name));
    assert.equal((await send('POST', '/faults', { kind, ...Object.fromEntries(fields) })).status, 200, kind);
  }
});

test('POST /rotate-ca and POST /break-connections refuse what they do not know', async () => {
  assert.match(await reasonFor({ cluster: 'x' }, '/rotate-ca'), /no such cluster/);
  assert.match(await reasonFor({ clutser: 'x' }, '/rotate-ca'), /no field "clutser"/);
  assert.match(await reasonFor({}, '/rotate-ca'), /"cluster" must be/);
  assert.match(await reasonFor({ how: 'gently' }, '/break-connections'), /"how" must be one of reset, /);
  assert.match(await reasonFor({ how: 'reset', instance: 'x' }, '/break-connections'), /does not serve/);
});

test('POST /region, /service-state and /key-creation change what the APIs say', async () => {
  const project = setting.projects.mention('p');
  const changes = [
    ['/region', { region: 'far' }, () => setting.states.unreachable.includes('far')],
    ['/region', { region: 'far', unreachable: false }, () => !setting.states.unreachable.includes('far')],
    ['/key-creation', { project: 'p' }, () => setting.projects.keyCreationDisabled(project)],
    ['/key-creation', { project: 'p', disabled: false }, () => !setting.projects.keyCreationDisabled(project)],
  ] as const;
  for (const [path, order, happened] of changes) {
    assert.deepEqual(await send('POST', path, order), { status: 200, body: {} });
    assert.ok(happened(), JSON.stringify(order));
  }
  const service = 'alloydb.googleapis.com';
  for (const state of ['DISABLED', 'ENABLED'] as const) {
    assert.equal((await send('POST', '/service-state', { service, state })).status, 200);
    assert.equal(setting.projects.stateOf(project, service), state);
  }
});

test('the orders about instances, regions, services and keys are read strictly', async () => {
  assert.match(await reasonFor({ region: '' }, '/region'), /"region" must be/);
  assert.match(await reasonFor({ region: 'x', unreachable: 1 }, '/region'), /"unreachable" must be true or false/);
  assert.match(await reasonFor({ service: 'x', state: 'ENABLED' }, '/service-state'), /"service" must be/);
  const service = 'alloydb.googleapis.com';
  assert.match(await reasonFor({ service, state: 'OFF' }, '/service-state'), /"state" must be one of/);
  assert.match(await reasonFor({ service, state: 'ENABLED', project: 7 }, '/service-state'), /"project" must be/);
  assert.match(await reasonFor({ disabled: 'no' }, '/key-creation'), /"disabled" must be/);
  assert.match(await reasonFor({ instance: 'x', state: 'READY' }, '/instance-state'), /does not serve/);
  assert.match(await reasonFor({ instance: 'x', state: 'OFF' }, '/instance-state'), /"state" must be one of READY, /);
  assert.match(await reasonFor({ state: 'READY' }, '/instance-state'), /"instance" must be/);
});

test('GET /statistics gives what Emulator.statistics gives', async () => {
  const { status, body } = await send('GET', '/statistics');
  assert.equal(status, 200);
  assert.deepEqual(body, JSON.parse(JSON.stringify(setting.statistics.snapshot([URI]))));
});

async function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { hostname, port } = new URL(setting.apiEndpoint);
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request({ hostname, port, path: '/faults', method: 'DELETE', headers }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .on('error', reject)
    .end();
  return promise;
}

test('the control API refuses web pages and foreign host names', async () => {
  setting.faults.add({ kind: 'api-reset' });
  for (const headers of [
    { origin: 'https://example.com' },
    { origin: 'null' },
    { host: 'rebound.example.com' },
    { host: '127.0.0.1.example.com' },
    { host: '10.0.0.1:80' },
  ]) {
    assert.equal(await statusWith(headers), 403);
  }
  assert.equal(setting.faults.pending().length, 1);
  assert.equal(await statusWith({ host: 'localhost:1' }), 200);
});

test('POST /stop is refused by an emulator that is part of another program, and GET /status tells its process', async () => {
  assert.match(await reasonFor({}, '/stop'), /part of another program/);
  const { body } = await send('GET', '/status');
  assert.equal(body['pid'], process.pid);
});

test('orders about clusters, instances and users are read strictly', async () => {
  assert.match(await reasonFor({ cluster: 'c', colour: 1 }, '/create-cluster'), /no field "colour"/);
  assert.match(await reasonFor({ instance: URI, type: 'BIG' }, '/create-instance'), /READ_POOL/);
  assert.match(await reasonFor({ instance: URI, nodeCount: 0 }, '/create-instance'), /"nodeCount"/);
  assert.match(await reasonFor({ instance: URI }, '/create-instance'), /it exists/);
  assert.match(await reasonFor({ name: 'a@b.c', iam: true, password: 'p' }, '/create-user'), /no password/);
  assert.match(await reasonFor({ name: 'ann' }, '/delete-user'), /was not created here/);
  assert.match(await reasonFor({}, '/failover'), /"instance" must be a text/);
  assert.match(await reasonFor({ cluster: CLUSTER }, '/switchover'), /is the primary cluster/);
});
