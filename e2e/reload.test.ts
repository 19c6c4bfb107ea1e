// A changed configuration is taken over while clients are served: whole, or not at all.

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { ProxyProcess } from './support/proxy-process.ts';
import { iamUser, type Setting, setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';
import { libpqEnvironment } from './support/clients.ts';
import { skipOnWindows } from './support/proxy-system.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';
const skip = skipOnWindows('Windows has no SIGHUP');

interface Entry {
  readonly uri: string;
  readonly [key: string]: string | number | boolean;
}

class Rig {
  readonly setting: Setting;
  readonly path: string;

  constructor(setting: Setting) {
    this.setting = setting;
    this.path = join(setting.folder, 'proxy.json');
  }

  write(instances: readonly Entry[], more: Readonly<Record<string, unknown>> = {}): void {
    const { keyFile, emulator } = this.setting;
    const settings = { 'credentials-file': keyFile, 'alloydbadmin-api-endpoint': emulator.apiEndpoint };
    writeFileSync(this.path, JSON.stringify({ ...settings, ...more, instances }));
  }

  async start(): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(['--config-file', this.path], {});
    await proxy.waitFor('ready for new connections!');
    return proxy;
  }

  query(port: number): Promise<unknown> {
    return queryWithPg({ port, ...this.setting.emulator.superuser }, 'select 1');
  }
}

async function rig(): Promise<Rig & AsyncDisposable> {
  const setting = await setUp({ instances: [primary, replica] });
  return Object.assign(new Rig(setting), { [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose]() });
}

test('A changed file opens what is new, closes what is gone and touches no session', async () => {
  await using it = await rig();
  const first = await freePorts(3);
  const [second, third] = [first + 1, first + 2];
  it.write([
    { uri: primary, port: first },
    { uri: replica, port: second },
  ]);
  await using proxy = await it.start();
  const staying = openPostgresJs({ port: first, ...it.setting.emulator.superuser });
  const leaving = openPostgresJs({ port: second, ...it.setting.emulator.superuser });
  const [before] = await staying`select pg_backend_pid() as pid`;
  await leaving`select 1`;

  it.write([
    { uri: primary, port: first },
    { uri: primary, port: third, 'auto-iam-authn': true },
  ]);
  await proxy.waitFor('Reloaded the configuration: listeners opened 1, closed 1, kept 1');
  const [after] = await staying`select pg_backend_pid() as pid`;
  assert.deepEqual(after, before, 'the session of an unchanged instance is the same');
  assert.equal((await leaving`select 2 as two`)[0]?.['two'], 2, 'the session of one that is gone goes on');
  assert.equal(await queryWithPg({ port: third, user: iamUser }, 'select 3'), 3);
  assert.equal(await it.query(first), 1);
  await assert.rejects(it.query(second), /ECONNREFUSED/);
  assert.match(proxy.stdout, /\[local\.us-central1\.demo\.replica\] No longer listening on 127\.0\.0\.1:\d+/);
  await Promise.all([staying.end(), leaving.end()]);
});

test('SIGHUP reads the file again; a mistake in it is told, and everything stays as it was', { skip }, async () => {
  await using it = await rig();
  const port = await freePorts(2);
  it.write([{ uri: primary, port }]);
  await using proxy = await it.start();
  proxy.signal('SIGHUP');
  await proxy.waitFor(/SIGHUP received[^]*listeners opened 0, closed 0, kept 1/);

  it.write([{ uri: replica, port: port + 1 }], { prot: 1 });
  await proxy.waitFor(/cannot reload the configuration, the one before stays: .*proxy\.json:1: unknown key "prot"/);
  await proxy.waitFor(/hint: did you mean port\?/);
  assert.equal(await it.query(port), 1);
  await assert.rejects(it.query(port + 1), /ECONNREFUSED/);

  // One port is to be had, the other one is not: then neither is opened, and none is closed.
  const holder = createServer().listen(port + 1, '127.0.0.1');
  await once(holder, 'listening');
  const free = await freePorts(1);
  it.write([
    { uri: primary, port: free },
    { uri: replica, port: port + 1 },
  ]);
  await proxy.waitFor(/the one before stays: cannot listen on 127\.0\.0\.1:\d+: address in use/);
  holder.close();
  assert.equal(await it.query(port), 1);
  await assert.rejects(it.query(free), /ECONNREFUSED/);
});

test('A reload changes limits, the log and the kind of login, and exchanges the instances behind two ports', async () => {
  await using it = await rig();
  const port = await freePorts(2);
  it.write([
    { uri: primary, port },
    { uri: replica, port: port + 1 },
  ]);
  await using proxy = await it.start();
  assert.equal(await it.query(port), 1);
  it.write(
    [
      { uri: replica, port, 'auto-iam-authn': true },
      { uri: primary, port: port + 1, address: '0.0.0.0' },
    ],
    { 'max-connections': 1, 'structured-logs': true, 'http-port': 1 },
  );
  await proxy.waitFor('listeners opened 1, closed 1, kept 1');
  const session = openPostgresJs({ port, user: iamUser });
  await session`select 1`;
  await assert.rejects(it.query(port + 1), { code: '53300' });
  await session.end();
  await proxy.waitFor(/"message":"\[local\.us-central1\.demo\.replica\] accepted connection/);
  const { connections } = it.setting.emulator.statistics();
  assert.deepEqual([connections[primary]?.authorized, connections[replica]?.authorized], [1, 1]);
});

test('A reload with workers exchanges what listens on a port, shuts its door and opens it again', {
  skip: skipOnWindows('--workers is not there on Windows'),
}, async () => {
  await using it = await rig();
  const port = await freePorts(1);
  const workers = { workers: 2 };
  it.write([{ uri: primary, port }], workers);
  await using proxy = await it.start();
  const session = openPostgresJs({ port, ...it.setting.emulator.superuser });
  await session`select 1`;
  // The same port at another address can be had only once nobody listens there any more.
  it.write([{ uri: replica, port, address: '0.0.0.0' }], workers);
  await proxy.waitFor(/Listening on 0\.0\.0\.0:[^]*listeners opened 1, closed 1, kept 0/);
  assert.equal(await it.query(port), 1);
  assert.equal(it.setting.emulator.statistics().connections[replica]?.authorized, 1);

  const ofReplica = [{ uri: replica, port, address: '0.0.0.0' }];
  it.write(ofReplica, { ...workers, 'allow-from': '203.0.113.0/24' });
  await proxy.waitFor('listeners opened 0, closed 0, kept 1');
  await assert.rejects(it.query(port), /ECONNRESET|terminated unexpectedly/);
  await proxy.waitFor(/refusing 127\.0\.0\.1:\d+: --allow-from does not name it/);
  it.write(ofReplica, workers);
  await proxy.waitFor(/(listeners opened 0, closed 0, kept 1[^]*){2}/);
  assert.equal(await it.query(port), 1);
  assert.equal((await session`select 2 as two`)[0]?.['two'], 2, 'it has been there all the time');
  await session.end();
});

test('A reload takes other credentials for new connections', async () => {
  await using it = await rig();
  const port = await freePorts(1);
  it.write([{ uri: primary, port }], { 'dial-timeout': '5s' });
  await using proxy = await it.start();
  const session = openPostgresJs({ port, ...it.setting.emulator.superuser });
  await session`select 1`;
  const token = it.setting.emulator.mintToken('ada@example.com', { expiresInSeconds: -60 });
  it.write([{ uri: primary, port }], { 'dial-timeout': '5s', 'credentials-file': undefined, token });
  await proxy.waitFor('Authorizing with OAuth2 token');
  await assert.rejects(it.query(port), { code: '28000' });
  assert.equal((await session`select 2 as two`)[0]?.['two'], 2);
  it.write([{ uri: primary, port }]);
  await proxy.waitFor(/Authorizing with OAuth2 token[^]*Authorizing with the credentials file/);
  assert.equal(await it.query(port), 1);
  await session.end();
});

test('A reload opens unix sockets to others, and changes nothing when it cannot', {
  skip: skipOnWindows('unix sockets have no modes on Windows'),
}, async () => {
  await using it = await rig();
  const folder = join(it.setting.folder, 'sockets');
  mkdirSync(folder);
  const socket = join(folder, 'local.us-central1.demo.primary', '.s.PGSQL.5432');
  const modes = (): readonly number[] => [socket, dirname(socket)].map((path) => statSync(path).mode & 0o777);
  const ofPrimary = { uri: primary, 'unix-socket': folder };
  it.write([ofPrimary]);
  await using proxy = await it.start();
  assert.deepEqual(modes(), [0o600, 0o700]);
  it.write([ofPrimary], { 'unix-socket-mode': '0660' });
  await proxy.waitFor('Reloaded the configuration');
  assert.deepEqual(modes(), [0o660, 0o710]);

  // Somebody has removed the socket: its mode cannot be changed, so the other instance is not opened either.
  const port = await freePorts(1);
  renameSync(socket, `${socket}.away`);
  it.write([ofPrimary, { uri: replica, port }], { 'unix-socket-mode': '0666' });
  await proxy.waitFor(/the one before stays: cannot listen on .*\.s\.PGSQL\.5432: ENOENT/);
  await assert.rejects(it.query(port), /ECONNREFUSED/);
  renameSync(`${socket}.away`, socket);
  it.write([ofPrimary, { uri: replica, port }], { 'unix-socket-mode': '0660' });
  await proxy.waitFor(/Reloaded[^]*listeners opened 1, closed 0, kept 1/);
  assert.equal(await it.query(port), 1);
  const login = { host: dirname(socket), port: 5432, ...it.setting.emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 2'), 2);
});

test('pgbench loses nothing through a dozen reloads', { skip: skipUnlessInstalled('pgbench') }, async () => {
  await using it = await rig();
  const port = await freePorts(2);
  const stay = { uri: primary, port };
  it.write([stay]);
  await using proxy = await it.start();
  const env = libpqEnvironment({ port, ...it.setting.emulator.superuser });
  const prepared = await runProgram('pgbench', ['--initialize', '--quiet', '--scale=1'], env);
  assert.equal(prepared.status, 0, prepared.stderr);
  // New connections for half of the clients: they meet the listener at every moment of a reload.
  const running = Promise.all([
    runProgram('pgbench', ['--client=4', '--time=8', '--select-only'], env),
    runProgram('pgbench', ['--client=2', '--time=8', '--select-only', '--connect'], env),
  ]);
  for (let count = 1; count <= 12; count += 1) {
    it.write(count % 2 === 0 ? [stay] : [stay, { uri: replica, port: port + 1 }], { 'max-connections': 100 + count });
    await proxy.waitFor(new RegExp(`(Reloaded the configuration[^]*){${count}}`));
  }
  for (const { status, stdout, stderr } of await running) {
    assert.equal(status, 0, stderr);
    assert.match(stdout, /number of failed transactions: 0/);
  }
});
