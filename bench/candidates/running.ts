// A candidate that runs: where the load goes, and what its processes cost.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../e2e/support/free-ports.ts';
import type { Backend } from '../backends/backend.ts';
import type { Target } from '../load/target.ts';
import type { Candidate } from './candidate.ts';

export interface Running extends AsyncDisposable {
  readonly name: string;
  readonly target: Target;
  /** Of the process at the root; undefined for the direct way, whose cost is the load's own. */
  readonly pid: number | undefined;
  /** From the start of the process until it accepted, in milliseconds. */
  readonly startMs: number;
}

const startLimitMs = 30_000;
const pollMs = 2;
const stopLimitMs = 5_000;

/** @throws {Error} with what it printed, when it does not come to accept. */
export async function start(candidate: Candidate, backend: Backend): Promise<Running> {
  if (candidate.kind === 'direct') return direct(candidate.name, backend);
  const { name } = candidate;
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-bench-'));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePorts(1);
  const { file, args } = candidate.command({ backend, port, folder });
  const output = join(folder, 'output');
  const descriptor = openSync(output, 'w');
  const beganMs = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', descriptor, descriptor] });
  closeSync(descriptor);
  const ended = once(child, 'close').catch((error: unknown) => [error]);
  let accepting = false;
  const hasEnded = (): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  undo.defer(async () => {
    if (hasEnded()) {
      // One that never came to accept is an error of its own.
      if (!accepting) return;
      throw new Error(`${name} ended by itself (${child.exitCode ?? child.signalCode}):\n${lastOf(output)}`);
    }
    child.kill('SIGTERM');
    // Some wait for their clients, whom the load has left behind.
    const kill = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await ended;
    clearTimeout(kill);
  });
  while (!(await accepts(port))) {
    if (hasEnded() || performance.now() - beganMs > startLimitMs) {
      throw new Error(`${name} does not accept connections:\n${lastOf(output)}`);
    }
    await sleep(pollMs);
  }
  accepting = true;
  const startMs = performance.now() - beganMs;
  const started = undo.move();
  return {
    name,
    target: { kind: 'tcp', host: '127.0.0.1', port },
    pid: child.pid,
    startMs,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function direct(name: string, { host, port, plain }: Backend): Running {
  const files = { cert: readFileSync(plain.cert), key: readFileSync(plain.key), ca: readFileSync(plain.ca) };
  return {
    name,
    target: { kind: 'tls', host, port, ...files },
    pid: undefined,
    startMs: 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const answer = await promise;
  socket.destroy();
  return answer;
}

function lastOf(path: string): string {
  return readFileSync(path, 'utf8').split('\n').slice(-20).join('\n');
}
