// What systemd is told, read from a real notify socket.

import assert from 'node:assert/strict';
import { existsSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { openNotifySocket, skipWithoutNotify } from '../../test/notify-socket.ts';
import { systemdNotifier } from './notify.ts';
import { Supervision } from './supervision.ts';

function environment(socket: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], NOTIFY_SOCKET: socket };
}

function onError(): void {}

test('systemdNotifier is none without a socket, and knows whom the watchdog is meant for', () => {
  assert.equal(systemdNotifier({ env: {}, onError }), undefined);
  const of = (env: NodeJS.ProcessEnv) =>
    systemdNotifier({ env: { NOTIFY_SOCKET: '/x', ...env }, onError, pid: 7 })?.watchdogMs;
  assert.equal(of({}), undefined);
  assert.equal(of({ WATCHDOG_USEC: '30000000' }), 15_000);
  assert.equal(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }), 15_000);
  assert.equal(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }), undefined);
  assert.equal(of({ WATCHDOG_USEC: '0' }), undefined);
});

test('Supervision tells ready, alive, reloading, ready again and stopping, with what is served', {
  skip: skipWithoutNotify,
}, async () => {
  await using systemd = await openNotifySocket();
  const { logger, lines } = recordLog();
  let served = 'two instances';
  const supervision = new Supervision({
    env: { ...environment(systemd.path), WATCHDOG_USEC: '200000' },
    logger,
    describe: () => served,
  });
  await supervision.ready();
  assert.match(await systemd.next(), /READY=1 STATUS=two instances/);
  served = 'three instances';
  assert.match(await systemd.next(), /WATCHDOG=1 STATUS=three instances/);
  supervision.close();
  await supervision.reloading();
  await supervision.ready();
  await supervision.stopping();
  const told: string[] = [];
  while (!told.some((message) => message.startsWith('STOPPING'))) told.push(await systemd.next());
  const kinds = told.map((message) => message.split('=')[0]).filter((kind) => kind !== 'WATCHDOG');
  assert.deepEqual(kinds, ['RELOADING', 'READY', 'STOPPING']);
  assert.match(told.find((message) => message.startsWith('RELOADING')) ?? '', /MONOTONIC_USEC=\d+/);
  supervision.close();
  assert.deepEqual(lines, []);
});

test('Supervision says once that nobody can be told, and goes on', { skip: skipWithoutNotify }, async () => {
  const { logger, lines } = recordLog();
  const supervision = new Supervision({ env: environment('/no/such/socket'), logger, describe: () => '' });
  await supervision.ready();
  await supervision.stopping();
  assert.equal(lines.filter((line) => line.includes('cannot tell the service manager')).length, 1);
});

test('Supervision does not wait for a service manager that takes no message', async (t) => {
  const tools = mkdtempDisposableSync(join(tmpdir(), 'notify-'));
  t.after(() => tools[Symbol.dispose]());
  writeFileSync(join(tools.path, 'systemd-notify'), `#!/bin/sh\nsleep 3; : > ${tools.path}/taken\n`, { mode: 0o755 });
  const { logger } = recordLog();
  const env = { PATH: `${tools.path}:${process.env['PATH']}`, NOTIFY_SOCKET: '/there' };
  const supervision = new Supervision({ env, logger, describe: () => '' });
  await supervision.stopping(100);
  assert.ok(!existsSync(join(tools.path, 'taken')));
});
