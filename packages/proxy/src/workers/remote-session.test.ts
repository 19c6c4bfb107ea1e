// A session that a worker is to serve, while there is no worker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { socketPair } from '../../test/socket-pair.ts';
import { RefusalRoom } from '../proxy/refusal-room.ts';
import { type Host, RemoteSession } from './remote-session.ts';

test('RemoteSession that is ended before there is a worker is over at once, and no worker gets it later', async () => {
  await using ends = await socketPair();
  const workers = Promise.withResolvers<Host | undefined>();
  let givenBack = 0;
  const session = new RemoteSession(ends.far, {
    id: 1,
    instance: 'p.r.c.i',
    uri: 'projects/p',
    target: { uri: 'projects/p', ipType: 'PRIVATE', authType: 'DB_NATIVE' },
    dial: () => assert.fail('the worker dials'),
    admit: () => ({ kind: 'admitted', giveBack: () => void (givenBack += 1) }),
    checkUser: () => undefined,
    refusals: new RefusalRoom(),
    limits: undefined,
    logger: recordLog().logger,
    findHost: () => workers.promise,
  });
  const run = session.run();
  assert.equal(session.isDropped, false);
  session.end('admin');
  await run;
  assert.equal(session.isDropped, true, 'which a pool asks before it gives it to a worker');
  assert.ok(ends.far.destroyed);
  await Promise.resolve();
  assert.equal(givenBack, 1);
  workers.resolve({ send: () => assert.fail('a worker is told of it') });
  await workers.promise;
});
