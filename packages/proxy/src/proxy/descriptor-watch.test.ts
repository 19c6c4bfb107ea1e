// The look for a free descriptor: on mocked time, and in a process whose limit is lowered under it.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DescriptorWatch } from './descriptor-watch.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test('DescriptorWatch tells at each look that finds no descriptor', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const answers = [undefined, systemError('EMFILE'), undefined, systemError('ENFILE')];
  const seen: string[] = [];
  const watch = new DescriptorWatch({
    onNone: (error) => seen.push(error.message),
    lack: () => answers.shift(),
  });
  for (let look = 0; look < 4; look += 1) t.mock.timers.tick(60_000);
  assert.deepEqual(seen, ['EMFILE', 'ENFILE']);
  watch.close();
  answers.push(systemError('EMFILE'));
  t.mock.timers.tick(60_000);
  assert.equal(answers.length, 1);
});

/** A listener that is paused refuses, and one that has just come back has yet to hang up on who waited. */
function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    client.once('data', () => resolve(true)).once('close', () => resolve(false));
  });
}

const program = fileURLToPath(new URL('../../test/starved-listener.ts', import.meta.url));
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

test('A listener that libuv lets spin in silence is paused, and serves again once there are descriptors', {
  skip: hasPrlimit ? false : 'prlimit (util-linux) is not installed',
}, async () => {
  const child = spawn(process.execPath, [...process.execArgv, program], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    spawnSync('prlimit', ['--pid', String(child.pid), '--nofile=3:4096']);
    // The system connects it; the process cannot take it.
    const waiting = connect(port, '127.0.0.1').on('error', () => undefined);
    assert.match(String((await lines.next()).value), /cannot accept a connection: EMFILE/);
    spawnSync('prlimit', ['--pid', String(child.pid), '--nofile=1024:4096']);
    waiting.destroy();
    while (!(await isServed(port)));
  } finally {
    child.kill('SIGKILL');
  }
});
