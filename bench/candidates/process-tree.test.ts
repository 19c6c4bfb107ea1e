// Figures of real processes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { treeCpuMs, treePeakBytes, treeResidentBytes } from './process-tree.ts';

const skip = process.platform === 'linux' ? false : 'figures of processes are read from /proc';

// Works for a while, then says so and waits for its input to end.
const work = `const until = process.cpuUsage().user + 200_000;
while (process.cpuUsage().user < until);
process.stdout.write('done');
process.stdin.resume();`;

test('treeCpuMs counts the children of a process, and threads that have done their work', { skip }, async () => {
  const script = `const { spawn } = require('node:child_process');
const { Worker } = require('node:worker_threads');
new Worker('const until = process.threadCpuUsage().user + 200_000; while (process.threadCpuUsage().user < until);', { eval: true })
  .once('exit', () => spawn(process.execPath, ['-e', ${JSON.stringify(work)}], { stdio: 'inherit' }));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  const { pid = 0 } = child;
  assert.ok(treeCpuMs(pid) >= 390, `counted ${treeCpuMs(pid)} ms`);
  assert.ok(treeResidentBytes(pid) > 0);
  assert.ok(treePeakBytes(pid) >= treeResidentBytes(pid));
  child.stdin.end();
  await ended;
});

test('treeCpuMs of a process that is gone is an error of the caller', { skip }, () => {
  assert.throws(() => treeCpuMs(2 ** 30), /ENOENT/);
});
