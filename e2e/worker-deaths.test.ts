// Clients that come while workers die, hang and come: nobody is turned away or forgotten, and sessions are spread evenly.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EchoSession } from './support/echo-session.ts';
import { childrenOf, skipUnlessCounted } from './support/process-figures.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { type SinkProxy, startSinkProxy } from './support/sink-proxy.ts';
import { until } from './support/until.ts';

const skip = skipUnlessCounted;

/** A proxy with two workers, in front of a server that sends back what it gets. */
async function startTwoWorkers(): Promise<SinkProxy> {
  return startSinkProxy({ serve: (socket) => void socket.pipe(socket), flags: ['--workers=2'] });
}

/** Resolves when there are two workers, none of which is among `gone`. */
async function untilTwo({ pid }: ProxyProcess, gone: readonly number[]): Promise<void> {
  await until(() => {
    const workers = childrenOf(pid);
    return workers.length === 2 && workers.every((each) => !gone.includes(each));
  });
}

interface Outcome {
  served: number;
  /** Those that could not connect. */
  refused: number;
}

/** Clients that come one after the other until told to stop. */
async function keepComing(port: number, outcome: Outcome, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let client: EchoSession;
    try {
      client = await EchoSession.open(port);
    } catch {
      outcome.refused += 1;
      await sleep(1);
      continue;
    }
    try {
      await client.round();
      outcome.served += 1;
    } catch {
      // It was with a worker that died, or on its way there.
    } finally {
      client[Symbol.dispose]();
    }
  }
}

test('Clients that come while a worker is killed, or all of them, are served by others or by the next ones', {
  skip,
}, async () => {
  await using it = await startTwoWorkers();
  const { proxy } = it;
  const outcome: Outcome = { served: 0, refused: 0 };
  const done = new AbortController();
  const loops = Array.from({ length: 8 }, () => keepComing(proxy.port, outcome, done.signal));
  for (const kills of [1, 2]) {
    const before = outcome.served;
    await until(() => outcome.served > before + 50);
    const victims = childrenOf(proxy.pid).slice(0, kills);
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    await untilTwo(proxy, victims);
  }
  const before = outcome.served;
  await until(() => outcome.served > before + 50);
  done.abort();
  // Nobody waits for an answer that does not come.
  await Promise.all(loops);
  assert.equal(outcome.refused, 0, 'the listener is always there');
});

test('Sessions that last are spread evenly over the workers, whether they come at once or one after the other', {
  skip,
}, async () => {
  await using it = await startTwoWorkers();
  const { proxy } = it;
  const sessions: EchoSession[] = [];
  const openOne = async (): Promise<void> => {
    const session = await EchoSession.open(proxy.port);
    sessions.push(session);
    await session.round();
  };
  for (let count = 0; count < 7; count += 1) await openOne();
  await Promise.all(Array.from({ length: 40 }, openOne));
  for (let count = 0; count < 7; count += 1) await openOne();
  process.kill(childrenOf(proxy.pid)[0] ?? 0, 'SIGKILL');
  await proxy.waitFor(/has died \(SIGKILL\), with 27 connections/);
  for (const session of sessions) session[Symbol.dispose]();
});

test('A worker that hangs gets no further clients, and serves those that it has when it goes on', {
  skip,
}, async () => {
  await using it = await startTwoWorkers();
  const { proxy } = it;
  const [hanging = 0] = childrenOf(proxy.pid);
  process.kill(hanging, 'SIGSTOP');
  const sessions: EchoSession[] = [];
  const openOne = async (): Promise<EchoSession> => {
    const session = await EchoSession.open(proxy.port);
    sessions.push(session);
    return session;
  };
  // One for each worker: nobody knows yet.
  const first = [await openOne(), await openOne()].map((session) => session.round());
  await Promise.race(first);
  // For that takes a second; after ten the client of the worker that hangs would be given up.
  await sleep(4_000);
  for (let count = 0; count < 8; count += 1) await (await openOne()).round();
  process.kill(hanging, 'SIGCONT');
  await Promise.all(first);
  for (const session of sessions) session[Symbol.dispose]();
});

test('A client on its way to a worker that dies is disconnected', { skip }, async () => {
  await using it = await startTwoWorkers();
  const { proxy } = it;
  const [hanging = 0] = childrenOf(proxy.pid);
  process.kill(hanging, 'SIGSTOP');
  // Some for each worker.
  const sessions = await Promise.all(Array.from({ length: 6 }, () => EchoSession.open(proxy.port)));
  const rounds = sessions.map((session) => session.round());
  const outcomes = Promise.allSettled(rounds);
  // Clients go to the workers in turn: with those of the other one, those of this one are given away.
  await Promise.race(rounds);
  process.kill(hanging, 'SIGKILL');
  const died = /has died \(SIGKILL\), with (\d+) connections/;
  await proxy.waitFor(died);
  const rejected = (await outcomes).filter(({ status }) => status === 'rejected').length;
  const [, lost] = died.exec(proxy.output) ?? [];
  assert.ok(rejected > 0);
  assert.equal(rejected, Number(lost));
  for (const session of sessions) session[Symbol.dispose]();
});
