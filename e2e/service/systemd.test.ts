// A real systemd runs the proxy that its own command has installed: killed, hung, reloaded, replaced under load (W26).

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { libpqEnvironment, queryWithPg } from '../support/clients.ts';
import { freePorts } from '../support/free-ports.ts';
import { isExecutable } from '../support/proxy-process.ts';
import { iamUser, setUp, type Setting } from '../support/setting.ts';
import { Machine, skipWithoutMachine } from '../support/systemd-machine.ts';
import { runProgram, skipUnlessInstalled } from '../support/tools.ts';
import { until } from '../support/until.ts';

const skip = skipWithoutMachine();
const NAME = 'e2e-proxy';
const UNIT = `${NAME}.service`;

test('systemd starts the proxy again when it was killed or hangs, and reloads it', { skip }, async () => {
  await using setting = await setUp();
  await using machine = await Machine.boot(setting.folder);
  const login = { port: await freePorts(1), user: iamUser };
  const install = ['install', '--name', NAME, '--', ...flags(setting, login.port), setting.instance];

  const written = await machine.service(...install);
  assert.match(written, /write \/etc\/alloydb-auth-proxy\/e2e-proxy\.toml \(mode 0600\)/);
  assert.equal(await queryWithPg(login, 'select 1'), 1, 'it is ready when systemctl says so');
  assert.match(await machine.show(UNIT, 'StatusText'), /Serving 1 instance/);
  assert.notEqual(await machine.must('stat', '--format=%u', `/proc/${await machine.show(UNIT, 'MainPID')}`), '0');

  const first = await machine.show(UNIT, 'MainPID');
  assert.match(await machine.service(...install), /is installed like this already/);
  assert.equal(await machine.show(UNIT, 'MainPID'), first, 'it is left running');

  await machine.must('sh', '-c', `kill -KILL ${first}`);
  await untilRestarted(machine, first);
  assert.equal(await queryWithPg(login, 'select 2'), 2);

  await machine.must('sed', '-i', '1i max-connections = 3', '/etc/alloydb-auth-proxy/e2e-proxy.toml');
  const second = await machine.show(UNIT, 'MainPID');
  await machine.must('systemctl', 'reload', UNIT);
  await until(async () => (await machine.journal()).includes('Reloaded the configuration'));
  assert.equal(await machine.show(UNIT, 'MainPID'), second, 'a reload is no restart');
  // The unit is told of it by another process, after the log.
  await until(async () => (await machine.show(UNIT, 'ActiveState')) === 'active');

  await machine.must('sh', '-c', `kill -STOP ${second}`);
  await untilRestarted(machine, second);
  assert.match(await machine.journal(), /Watchdog timeout/);
  assert.equal(await queryWithPg(login, 'select 3'), 3);

  assert.match(await machine.service('status', '--name', NAME), /active \(running\)/);
  await machine.service('stop', '--name', NAME);
  assert.equal(await machine.show(UNIT, 'Result'), 'success', 'SIGTERM is no failure');
  const removed = await machine.service('uninstall', '--name', NAME);
  assert.match(removed, /remove \/etc\/alloydb-auth-proxy\/e2e-proxy\.toml/);
  assert.equal(await machine.show(UNIT, 'LoadState'), 'not-found');
  assert.equal(readFileSync(join(setting.folder, 'key.json'), 'utf8').length > 0, true, 'the key stays');
});

test('the executable serves a unit that listens to its main process alone, as those of the official proxy do', {
  skip: skip || (!isExecutable && 'on Node a unit needs NotifyAccess=all'),
}, async () => {
  await using setting = await setUp();
  await using machine = await Machine.boot(setting.folder);
  const login = { port: await freePorts(1), user: iamUser };
  await machine.service('install', '--name', NAME, '--', ...flags(setting, login.port), setting.instance);
  const more = `/etc/systemd/system/${UNIT}.d`;
  const lines = String.raw`[Service]\nNotifyAccess=main\n`;
  await machine.must('sh', '-c', `mkdir ${more} && printf '${lines}' > ${more}/more.conf && systemctl daemon-reload`);
  await machine.must('systemctl', 'restart', UNIT);
  assert.equal(await machine.show(UNIT, 'NotifyAccess'), 'main');
  assert.match(await machine.show(UNIT, 'StatusText'), /Serving 1 instance/);
  assert.equal(await queryWithPg(login, 'select 1'), 1);
});

test('with socket activation pgbench notices nothing of three restarts', {
  skip: skip || skipUnlessInstalled('pgbench'),
}, async () => {
  await using setting = await setUp();
  await using machine = await Machine.boot(setting.folder);
  const login = { port: await freePorts(1), user: iamUser };
  const own = ['--max-sigterm-delay=20s', ...flags(setting, login.port), setting.instance];
  await machine.service('install', '--name', NAME, '--socket-activation', '--', ...own);
  assert.equal(await queryWithPg(login, 'select 1'), 1);

  const script = join(setting.folder, 'one.sql');
  writeFileSync(script, 'select 1;\n');
  const load = ['--no-vacuum', '--connect', '--client=4', '--time=20', `--file=${script}`];
  const bench = runProgram('pgbench', load, libpqEnvironment(login));
  for (let round = 0; round < 3; round += 1) {
    await sleep(2_000);
    const before = await machine.show(UNIT, 'MainPID');
    await machine.must('systemctl', 'restart', UNIT);
    assert.notEqual(await machine.show(UNIT, 'MainPID'), before);
  }
  const { status, stdout, stderr } = await bench;
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /number of failed transactions: 0 /);
  assert.doesNotMatch(stderr, /error/);
});

test('an application that ends takes the proxy with it, and starts it again', { skip }, async () => {
  await using setting = await setUp();
  await using machine = await Machine.boot(setting.folder);
  const port = await freePorts(1);
  const unit = '[Service]\nExecStart=/bin/sleep infinity\n';
  await machine.must('sh', '-c', `printf '${unit}' > /etc/systemd/system/app.service`);
  const own = [...flags(setting, port), setting.instance];
  await machine.service('install', '--name', NAME, '--part-of', 'app', '--', ...own);
  await machine.must('systemctl', 'start', 'app.service');
  assert.equal(await queryWithPg({ port, user: iamUser }, 'select 1'), 1, 'there before the application');
  await machine.must('systemctl', 'stop', 'app.service');
  await until(async () => (await machine.show(UNIT, 'ActiveState')) === 'inactive');
  await machine.must('systemctl', 'start', 'app.service');
  assert.equal(await machine.show(UNIT, 'ActiveState'), 'active');
});

/** The folder of the scenario is elsewhere inside. */
function flags({ emulator }: Setting, port: number): readonly string[] {
  const api = ['--alloydbadmin-api-endpoint', emulator.apiEndpoint];
  return ['--auto-iam-authn', '--credentials-file', '/srv/alloydb/key.json', ...api, '--port', String(port)];
}

async function untilRestarted(machine: Machine, former: string): Promise<void> {
  await until(async () => {
    // In this order: the state may still be that of the former process.
    const pid = await machine.show(UNIT, 'MainPID');
    return !['0', former].includes(pid) && (await machine.show(UNIT, 'ActiveState')) === 'active';
  }, 90_000);
}
