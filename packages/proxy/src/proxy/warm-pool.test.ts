// Connections that wait for clients: made, given out, renewed and given up, with a clock that the test moves.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { type DatabaseServer, startDatabase } from '../../test/database-server.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { seeWarmEvents } from '../../test/warm-events-seen.ts';
import type { Dial } from './session.ts';
import { WarmPool, warmLifeMs } from './warm-pool.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function withoutHint(entry: string): string {
  return entry.replace(/\n.*/s, '');
}

interface Rig extends AsyncDisposable, Omit<ReturnType<typeof seeWarmEvents>, typeof Symbol.dispose> {
  readonly pool: WarmPool;
  readonly database: DatabaseServer;
  readonly lines: readonly string[];
  readonly tick: (ms: number) => void;
}

async function setUp(t: TestContext, { dial }: { readonly dial?: Dial } = {}): Promise<Rig> {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  await using undo = new AsyncDisposableStack();
  const seen = undo.use(seeWarmEvents());
  const database = undo.use(await startDatabase());
  const { logger, lines } = recordLog();
  const pool = new WarmPool({ instance: 'p.r.c.i', dial: dial ?? database.dial, logger, random: () => 0 });
  undo.defer(() => pool.close());
  const started = undo.move();
  const tick = (ms: number): void => t.mock.timers.tick(ms);
  return { pool, database, lines, tick, ...seen, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** One that holds as many as were asked for. */
async function setUpFull(t: TestContext, count: number): Promise<Rig> {
  const rig = await setUp(t);
  rig.pool.keep(count);
  rig.tick(0);
  await rig.until('made', count);
  return rig;
}

test('WarmPool gives out what is ready without a dial, and makes another in its place', async (t) => {
  await using rig = await setUpFull(t, 2);
  const { pool, counts, until } = rig;
  const connection = pool.take();
  assert.match(connection?.choice ?? '', /^PRIVATE was asked for; kept warm for 0 ms$/);
  assert.equal(pool.ready, 1);
  await until('made', 3);
  assert.equal(pool.ready, 2);
  assert.deepEqual(counts(), { made: 3, used: 1 });
  assert.ok(connection !== undefined, 'there was one');
  connection.socket.write('ping');
  const [echo] = (await connection.socket.iterator({ destroyOnReturn: false }).next()).value as [unknown];
  assert.equal(String.fromCharCode(Number(echo)), 'p', 'it carries bytes both ways');
  connection.socket.destroy();
});

test('WarmPool has nothing to give while it is empty, and says that a client came in vain', async (t) => {
  await using rig = await setUp(t);
  assert.equal(rig.pool.take(), undefined);
  assert.deepEqual(rig.counts(), {}, 'nobody wanted it warm');
  rig.pool.keep(1);
  assert.equal(rig.pool.take(), undefined);
  assert.deepEqual(rig.counts(), { missed: 1 });
});

test('WarmPool dials nothing before its part of the first second is over, so that copies do not start together', async (t) => {
  await using rig = await setUp(t);
  const pool = new WarmPool({
    instance: 'p.r.c.i',
    dial: rig.database.dial,
    logger: recordLog().logger,
    random: () => 0.5,
  });
  pool.keep(1);
  rig.tick(499);
  assert.equal(pool.held, 0);
  rig.tick(1);
  assert.equal(pool.held, 1);
  pool.close();
});

test('WarmPool replaces a connection that has grown old', async (t) => {
  await using rig = await setUpFull(t, 1);
  rig.tick(warmLifeMs - 1);
  assert.equal(rig.pool.ready, 1);
  rig.tick(1);
  await rig.until('made', 2);
  assert.deepEqual(rig.counts(), { made: 2, 'ended: expired': 1 });
});

test('WarmPool does not give out a connection whose age nobody can tell any more', async (t) => {
  await using rig = await setUpFull(t, 1);
  t.mock.timers.setTime(Date.now() - 1);
  assert.equal(rig.pool.take(), undefined, 'the clock was set back');
  assert.deepEqual(rig.counts(), { made: 1, 'ended: expired': 1, missed: 1 });
});

for (const [what, strike] of [
  ['is ended by the server', (socket) => void socket.end()],
  ['is reset', (socket) => void socket.resetAndDestroy()],
  ['has something to say that nobody asked for', (socket) => void socket.write('E')],
] satisfies [string, (socket: Socket) => void][]) {
  test(`WarmPool gives up a connection that ${what}, and waits before it makes another`, async (t) => {
    await using rig = await setUp(t);
    const session = rig.database.session();
    rig.pool.keep(1);
    rig.tick(0);
    await rig.until('made');
    strike(await session);
    await rig.until('ended: dead');
    assert.equal(rig.pool.held, 0);
    rig.tick(499);
    assert.equal(rig.pool.held, 0);
    rig.tick(1);
    await rig.until('made', 2);
  });
}

test('WarmPool says once that a server ends all of them, and asks it ever less often', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  using seen = seeWarmEvents();
  await using database = await startDatabase((socket) => socket.end());
  const { logger, lines } = recordLog();
  const pool = new WarmPool({ instance: 'p.r.c.i', dial: database.dial, logger, random: () => 0 });
  pool.keep(1);
  for (const [deaths, waitMs] of [0, 500, 1_000, 2_000, 4_000].entries()) {
    t.mock.timers.tick(Math.max(0, waitMs - 1));
    if (waitMs > 0) assert.equal(pool.held, 0);
    t.mock.timers.tick(1);
    await seen.until('ended: dead', deaths + 1);
  }
  const warnings = lines.filter((line) => line.includes('cannot keep connections warm')).map(withoutHint);
  assert.deepEqual(warnings, ['[p.r.c.i] cannot keep connections warm: the server ends them before a client comes']);
  pool.close();
});

test('WarmPool says once that it cannot dial, tries again in the background, and says that it can', async (t) => {
  let failures = 3;
  await using database = await startDatabase();
  await using rig = await setUp(t, {
    dial: async (signal) => {
      failures -= 1;
      if (failures >= 0) throw new Error('no route');
      return database.dial(signal);
    },
  });
  const { pool, lines, tick, until } = rig;
  pool.keep(2);
  // Two side by side, then one at a time.
  tick(0);
  await until('failed', 2);
  tick(500);
  await until('failed', 3);
  tick(1_000);
  await until('made', 2);
  assert.ok(pool.take() !== undefined);
  assert.deepEqual(
    lines.map(withoutHint).filter((line) => !line.includes(' made a connection ')),
    ['[p.r.c.i] cannot keep connections warm: no route', '[p.r.c.i] Connections are kept warm again'],
  );
});

test('WarmPool.keep ends what is too much at once: what is being made first, then the oldest', async (t) => {
  const dials: AbortSignal[] = [];
  await using database = await startDatabase();
  await using rig = await setUp(t, {
    dial: (signal) => {
      dials.push(signal);
      return dials.length < 3 ? database.dial(signal) : new Promise(() => undefined);
    },
  });
  const { pool, counts } = rig;
  pool.keep(3);
  rig.tick(0);
  await rig.until('made', 2);
  pool.keep(2);
  assert.deepEqual([dials[2]?.aborted, counts()], [true, { made: 2 }]);
  pool.keep(1);
  assert.deepEqual(counts(), { made: 2, 'ended: dropped': 1 });
  pool.keep(0);
  assert.equal(pool.held, 0);
});

test('WarmPool.close hangs up a connection whose dial comes to its end all the same', async (t) => {
  const late = Promise.withResolvers<void>();
  await using database = await startDatabase();
  await using rig = await setUp(t, {
    dial: async (signal) => {
      await late.promise;
      return database.dial(signal);
    },
  });
  rig.pool.keep(1);
  rig.tick(0);
  rig.pool.close();
  const session = database.session();
  late.resolve();
  const socket = await session;
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  assert.deepEqual([rig.pool.held, rig.counts()], [0, {}]);
});

test('WarmPool gives out nothing that was made with what is no longer so', async (t) => {
  let isCurrent = true;
  await using database = await startDatabase();
  await using rig = await setUp(t, {
    dial: async (signal) => ({ ...(await database.dial(signal)), isCurrent: () => isCurrent }),
  });
  const { pool, counts, until } = rig;
  pool.keep(2);
  rig.tick(0);
  await until('made', 2);
  isCurrent = false;
  assert.equal(pool.take(), undefined);
  assert.deepEqual(counts(), { made: 2, 'ended: outdated': 2, missed: 1 });
  isCurrent = true;
  await until('made', 4);
  isCurrent = false;
  pool.recheck();
  assert.deepEqual(counts(), { made: 4, 'ended: outdated': 4, missed: 1 });
});

test('WarmPool makes no more than eight at a time', async (t) => {
  let dials = 0;
  await using rig = await setUp(t, {
    dial: () => {
      dials += 1;
      return new Promise(() => undefined);
    },
  });
  rig.pool.keep(100);
  rig.tick(0);
  await nextTurn();
  assert.equal(dials, 8);
});

test('WarmPool ends what goes to an instance that new clients do not go to any more, and dials the new one', async (t) => {
  const pointing = { current: new AbortController() };
  const references: unknown[] = [];
  await using database = await startDatabase();
  await using rig = await setUp(t, {
    dial: async (signal, reference) => {
      references.push(reference);
      return { ...(await database.dial(signal)), superseded: pointing.current.signal };
    },
  });
  const { pool, until } = rig;
  pool.keep(2);
  rig.tick(0);
  await until('made', 2);
  const taken = pool.take() ?? assert.fail('one was ready');
  await until('made', 3);
  const before = pointing.current;
  pointing.current = new AbortController();
  before.abort();
  await until('made', 5);
  assert.deepEqual(rig.counts(), { made: 5, used: 1, 'ended: outdated': 2 });
  assert.equal(taken.superseded?.aborted, true, 'its session is told, and nothing is taken from it');
  assert.equal(taken.socket.destroyed, false);
  assert.deepEqual(references, Array(5).fill('warm'));
  taken.socket.destroy();
});
