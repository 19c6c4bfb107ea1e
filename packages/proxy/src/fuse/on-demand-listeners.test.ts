// Listeners by name: opened once, so many, and for so long as somebody uses them.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import type { ClientCount } from '../proxy/mounts.ts';
import { StartError } from '../proxy/start-error.ts';
import { OnDemandListeners } from './on-demand-listeners.ts';

const name = 'p.r.c.i';

function setUp(t: TestContext, options: { readonly limit?: number; readonly folder?: string } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { logger, lines } = recordLog();
  const clients = new Map<string, ClientCount>();
  const happened: string[] = [];
  let failure: Error | undefined;
  const listeners = new OnDemandListeners({
    folder: '/tmp/f',
    logger,
    idleMs: 1_000,
    ...options,
    async listen(uri, path, count) {
      if (failure !== undefined) throw failure;
      happened.push(`open ${uri.project} at ${path}`);
      clients.set(path, count);
      return () => happened.push(`close ${path}`);
    },
  });
  return {
    listeners,
    lines,
    happened,
    clients: () => clients.get(`/tmp/f/${name}/.s.PGSQL.5432`) ?? assert.fail('nothing listens'),
    failWith: (error: Error | undefined) => {
      failure = error;
    },
    tick: (ms: number) => t.mock.timers.tick(ms),
  };
}

test('OnDemandListeners opens one listener for a name, however many ask for it at once', async (t) => {
  const { listeners, happened } = setUp(t);
  assert.deepEqual(await Promise.all([listeners.open(name), listeners.open(name)]), [
    `/tmp/f/${name}`,
    `/tmp/f/${name}`,
  ]);
  assert.equal(await listeners.open('google.com_p.r.c.i'), '/tmp/f/google.com_p.r.c.i');
  assert.deepEqual(happened, [
    `open p at /tmp/f/${name}/.s.PGSQL.5432`,
    'open google.com:p at /tmp/f/google.com_p.r.c.i/.s.PGSQL.5432',
  ]);
  assert.deepEqual(listeners.names, ['google.com_p.r.c.i', name]);
  assert.equal(listeners.open('nope'), undefined);
});

test('OnDemandListeners closes one that nobody uses, and opens it again', async (t) => {
  const { listeners, happened, tick } = setUp(t);
  await listeners.open(name);
  tick(999);
  await listeners.open(name);
  tick(999);
  assert.deepEqual(listeners.names, [name], 'whoever asks for the name uses it');
  tick(1);
  assert.deepEqual(listeners.names, []);
  await listeners.open(name);
  assert.deepEqual(
    happened.map((each) => each.split(' ')[0]),
    ['open', 'close', 'open'],
  );
});

test('OnDemandListeners leaves one open while clients are connected, and counts from the last one on', async (t) => {
  const { listeners, clients, tick } = setUp(t);
  await listeners.open(name);
  clients().enter();
  tick(10_000);
  assert.deepEqual(listeners.names, [name]);
  clients().leave();
  tick(999);
  assert.deepEqual(listeners.names, [name]);
  tick(1);
  assert.deepEqual(listeners.names, []);
});

test('OnDemandListeners opens no more than so many, says so once, and goes on when there is room', async (t) => {
  const { listeners, lines, tick } = setUp(t, { limit: 2 });
  await Promise.all([listeners.open('p.r.c.a'), listeners.open('p.r.c.b')]);
  for (const one of ['p.r.c.c', 'p.r.c.d']) await assert.rejects(async () => listeners.open(one), { errno: 'EMFILE' });
  assert.equal(lines.filter((line) => line.includes('2 names are open')).length, 1);
  assert.equal(await listeners.open('p.r.c.a'), '/tmp/f/p.r.c.a');
  tick(1_000);
  assert.equal(await listeners.open('p.r.c.c'), '/tmp/f/p.r.c.c');
});

test('OnDemandListeners passes the reason of the system on, logs it with its remedy, and tries again', async (t) => {
  const { listeners, lines, failWith } = setUp(t);
  const cause = Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  failWith(new StartError('cannot listen on X: address in use', { hint: 'choose another path', cause }));
  await assert.rejects(async () => listeners.open(name), { errno: 'EADDRINUSE' });
  assert.match(lines.join('\n'), /\[p\.r\.c\.i\] cannot listen on X: address in use/);
  failWith(new Error('what nobody thought of'));
  await assert.rejects(async () => listeners.open(name), { errno: 'EIO' });
  failWith(undefined);
  assert.equal(await listeners.open(name), `/tmp/f/${name}`);
});

test('OnDemandListeners says that the path of a socket is too long', async (t) => {
  const { listeners, lines } = setUp(t, { folder: `/tmp/${'f'.repeat(90)}` });
  await assert.rejects(async () => listeners.open(name), { errno: 'ENAMETOOLONG' });
  assert.match(lines.join('\n'), /a socket's may have 107/);
});

test('OnDemandListeners opens nothing once it is closed', async (t) => {
  const { listeners, happened, tick } = setUp(t);
  await listeners.open(name);
  listeners.close();
  await assert.rejects(async () => listeners.open('p.r.c.new'), { errno: 'ESHUTDOWN' });
  tick(10_000);
  assert.equal(happened.length, 1, 'its owner closes what is open');
});
