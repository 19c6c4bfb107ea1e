// A session that a worker is to serve: before there is one, on the way to it, and when it does not take the client.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { recordLog } from '../../test/log-recorder.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { RefusalRoom } from '../proxy/refusal-room.ts';
import { type Host, RemoteSession, type RemoteSessionOptions } from './remote-session.ts';

interface Rig {
  readonly session: RemoteSession;
  readonly lines: readonly string[];
  readonly givenBack: () => number;
}

function sessionOf(
  client: Socket,
  findHost: RemoteSessionOptions['findHost'],
  admit?: RemoteSessionOptions['admit'],
): Rig {
  let givenBack = 0;
  const { logger, lines } = recordLog();
  const session = new RemoteSession(client, {
    id: 1,
    instance: 'p.r.c.i',
    uri: 'projects/p',
    target: { uri: 'projects/p', ipType: 'PRIVATE', authType: 'DB_NATIVE' },
    dial: () => assert.fail('the worker dials'),
    admit: admit ?? (() => ({ kind: 'admitted', giveBack: () => void (givenBack += 1) })),
    checkUser: () => undefined,
    refusals: new RefusalRoom(),
    limits: undefined,
    logger,
    findHost,
  });
  return { session, lines, givenBack: () => givenBack };
}

/** A worker that is told everything and does nothing. */
function silentHost() {
  const told: string[] = [];
  const host: Host = { send: ({ kind }) => void told.push(kind) };
  return { host, told };
}

test('RemoteSession that is ended before there is a worker is over at once, and no worker gets it later', async () => {
  await using ends = await socketPair();
  const workers = Promise.withResolvers<Host | undefined>();
  const { session, givenBack } = sessionOf(ends.far, () => workers.promise);
  const run = session.run();
  assert.equal(session.isDropped, false);
  session.end('admin');
  await run;
  assert.equal(session.isDropped, true, 'which a pool asks before it gives it to a worker');
  assert.ok(ends.far.destroyed);
  await Promise.resolve();
  assert.equal(givenBack(), 1);
  workers.resolve({ send: () => assert.fail('a worker is told of it') });
  await workers.promise;
});

test('RemoteSession keeps its end of the client until the worker has its own, and goes on without', async () => {
  await using ends = await socketPair();
  const { host, told } = silentHost();
  const { session, givenBack } = sessionOf(ends.far, async () => host);
  const run = session.run();
  await setImmediate();
  assert.deepEqual(told, ['client']);
  assert.ok(!ends.far.destroyed);
  session.receive({ kind: 'has-client', id: 1 });
  assert.ok(ends.far.destroyed);
  assert.equal(givenBack(), 0);
  session.receive({ kind: 'over', id: 1 });
  await run;
  assert.equal(givenBack(), 1);
});

test('RemoteSession disconnects a client that its worker does not take, wherever the other end of it is', async () => {
  await using ends = await socketPair();
  const { host, told } = silentHost();
  const { session, lines, givenBack } = sessionOf(ends.far, async () => host);
  const run = session.run();
  await setImmediate();
  session.giveUp();
  session.giveUp();
  assert.deepEqual(told, ['client', 'stop']);
  ends.near.resume();
  await once(ends.near, 'end');
  assert.equal(givenBack(), 0, 'the place is taken until the worker has said what became of it');
  session.lose();
  await run;
  await Promise.resolve();
  assert.equal(givenBack(), 1);
  assert.deepEqual(lines, ['[p.r.c.i] lost the connection: its worker process did not take it']);
});

test('RemoteSession that waits for a place gives up its turn when its worker does not take the client', async () => {
  await using ends = await socketPair();
  const { host } = silentHost();
  const gone = Promise.withResolvers<void>();
  const admit: RemoteSessionOptions['admit'] = (signal) => {
    signal.addEventListener('abort', () => gone.resolve());
    return new Promise(() => undefined);
  };
  const { session } = sessionOf(ends.far, async () => host, admit);
  const run = session.run();
  await setImmediate();
  session.giveUp();
  await gone.promise;
  session.receive({ kind: 'over', id: 1 });
  await run;
});
