// Whoever started the proxy keeps its output open and stops reading: no session and no end waits for that.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { cleanEnvironment, proxyCommand } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';
import { stoppedPipe, stoppedSocket } from './support/stopped-reader.ts';
import { until } from './support/until.ts';

const skip = skipOnWindows('Windows hands on no descriptors');

for (const [what, stop] of [
  ['a pipe', stoppedPipe],
  ['a socket', stoppedSocket],
] as const) {
  test(`A reader of ${what} that has stopped holds neither sessions nor the end of the proxy`, { skip }, async () => {
    await using setting = await setUp();
    const port = await freePorts(1);
    using reader = await stop(setting.folder);
    const flags = ['--events', 'json:3', '--debug-logs', '--port', String(port)];
    const [command, ...args] = [...proxyCommand, ...setting.flags, ...flags, setting.instance];
    const proxy = spawn(command, args, { stdio: reader.stdio, env: cleanEnvironment() });
    reader.release();
    const ended = once(proxy, 'exit');
    const login = { port, ...setting.emulator.superuser };
    await until(() => queryWithPg(login, 'select true').then(Boolean, () => false));
    // Each leaves lines on all three streams.
    for (let count = 0; count < 20; count += 1) assert.equal(await queryWithPg(login, 'select 1'), 1);
    proxy.kill('SIGTERM');
    // Far more than it takes, and far less than for ever.
    const late = setTimeout(() => proxy.kill('SIGKILL'), 30_000);
    assert.deepEqual(await ended, [143, null]);
    clearTimeout(late);
  });
}
