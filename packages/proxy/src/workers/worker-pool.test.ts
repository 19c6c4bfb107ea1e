// Worker processes that are started, replaced and ended; real processes, which are no proxies.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { RefusalRoom } from '../proxy/refusal-room.ts';
import { WorkerPool } from './worker-pool.ts';
import { type WorkerEvent, workerChannel } from './worker-events.ts';

const setting = {
  userAgent: '',
  httpConnect: false,
  dialTimeoutMs: 1_000,
  keepAliveMs: 0,
  logLevel: 'info',
  channels: [],
} as const;

function poolOf(script: string, count = 1) {
  const { logger, lines } = recordLog();
  const pool = new WorkerPool({
    count,
    command: [process.execPath, '-e', script],
    env: process.env,
    setting,
    source: () => assert.fail('nobody dials'),
    logger,
  });
  return { pool, lines };
}

/** Resolves with the next event of the kind. */
function next(t: TestContext, at: WorkerEvent['at']): Promise<WorkerEvent> {
  const { promise, resolve } = Promise.withResolvers<WorkerEvent>();
  const listener = (message: unknown): void => {
    const event = message as WorkerEvent;
    if (event.at === at) resolve(event);
  };
  workerChannel.subscribe(listener);
  t.after(() => workerChannel.unsubscribe(listener));
  return promise;
}

// With a callback nothing is thrown when the channel is gone.
const saysReady = "process.send([{ kind: 'ready' }], () => undefined)";
const serves = `${saysReady}; process.on('disconnect', () => process.exit(0))`;

test('WorkerPool.start rejects when no worker can be had, and says how they ended', async () => {
  const { pool, lines } = poolOf('process.exit(3)', 2);
  await assert.rejects(pool.start(), { name: 'StartError', message: 'no worker process could be started' });
  await pool.close(Promise.resolve());
  assert.match(lines[0] ?? '', /^worker \d \(process \d+\) has died \(exit code 3\), with 0 connections$/);
});

test('WorkerPool replaces a worker that has died, and lets all of them go in the end', async (t) => {
  const { pool } = poolOf(serves);
  const started = next(t, 'started');
  await pool.start();
  const replaced = (async () => {
    await next(t, 'died');
    return next(t, 'started');
  })();
  const { pid } = await started;
  process.kill(pid, 'SIGKILL');
  const successor = await replaced;
  assert.notEqual(successor.pid, pid);
  const ended = next(t, 'ended');
  await pool.close(Promise.resolve());
  assert.equal((await ended).pid, successor.pid);
  assert.throws(() => process.kill(successor.pid, 0), { code: 'ESRCH' });
});

test('WorkerPool gives no worker a session that was over before there was one', async (t) => {
  // Nobody is killed while time stands still: whoever ends has been let go.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using ends = await socketPair();
  const { pool } = poolOf(`setTimeout(() => ${saysReady}, 300); process.on('disconnect', () => process.exit(0))`);
  const started = pool.start();
  const session = pool.open(ends.far, {
    id: 1,
    instance: 'p.r.c.i',
    uri: 'projects/p',
    target: { uri: 'projects/p', ipType: 'PRIVATE', authType: 'DB_NATIVE' },
    dial: () => assert.fail('the worker dials'),
    admit: () => ({ kind: 'admitted', giveBack: () => undefined }),
    checkUser: () => undefined,
    refusals: new RefusalRoom(),
    limits: undefined,
    logger: recordLog().logger,
  });
  const run = session.run();
  session.end('admin');
  await run;
  await started;
  const ended = next(t, 'ended');
  await pool.close(Promise.resolve());
  await ended;
});

test('WorkerPool waits ever longer before it replaces workers that die at once', async (t) => {
  const { pool } = poolOf(`${saysReady}; setImmediate(() => process.disconnect())`);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let deaths = next(t, 'died');
  await pool.start();
  for (const pauseMs of [0, 2_000, 4_000]) {
    await deaths;
    deaths = next(t, 'died');
    const started = next(t, 'started');
    if (pauseMs > 0) {
      t.mock.timers.tick(pauseMs - 1);
      assert.equal(await Promise.race([started, Promise.resolve('nobody')]), 'nobody');
    }
    t.mock.timers.tick(1);
    await started;
  }
  await deaths;
  await pool.close(Promise.resolve());
});

test('WorkerPool retires a worker that is unwell once another one is on its way', async (t) => {
  const complains =
    "setTimeout(() => process.connected && process.send([{ kind: 'unwell', error: 'broken' }], () => undefined), 10)";
  const { pool, lines } = poolOf(`${serves}; ${complains}`);
  const ended = next(t, 'ended');
  await pool.start();
  await ended;
  assert.match(lines[0] ?? '', /^worker 1: unhandled error: broken$/);
  await pool.close(Promise.resolve());
});
