// What systemd is told, read from a real notify socket.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { systemdNotifier } from './notify.ts';
import { Supervision } from './supervision.ts';

const missing = ['systemd-notify', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** Node has no datagram sockets of the Unix domain; prints each message on a line, and answers what systemd-notify waits for. */
const receiver = `
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    text, ancillary, _, _ = s.recvmsg(4096, 1024)
    for level, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            fds = array.array("i"); fds.frombytes(data)
            for fd in fds: os.close(fd)
    if text != b"BARRIER=1": print(" ".join(l for l in text.decode().split("\\n") if not l.startswith("MAINPID")), flush=True)
`;

interface Receiver extends AsyncDisposable {
  readonly socket: string;
  next(): Promise<string>;
}

async function receive(): Promise<Receiver> {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'notify-'));
  const socket = join(folder.path, 'socket');
  const child = spawn('python3', ['-c', receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  assert.equal(await next(), 'bound');
  return {
    socket,
    next,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'close');
      folder[Symbol.dispose]();
    },
  };
}

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

test('Supervision tells ready, alive, reloading, ready again and stopping, with what is served', { skip }, async () => {
  await using systemd = await receive();
  const { logger, lines } = recordLog();
  let served = 'two instances';
  const supervision = new Supervision({
    env: { ...environment(systemd.socket), WATCHDOG_USEC: '200000' },
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

test('Supervision says once that nobody can be told, and goes on', { skip }, async () => {
  const { logger, lines } = recordLog();
  const supervision = new Supervision({ env: environment('/no/such/socket'), logger, describe: () => '' });
  await supervision.ready();
  await supervision.stopping();
  assert.equal(lines.filter((line) => line.includes('cannot tell the service manager')).length, 1);
});
