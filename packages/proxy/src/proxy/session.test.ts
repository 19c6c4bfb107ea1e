// Sessions through a real listener: held bytes, clients that leave, dials that fail, slots that come back.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Connection } from 'alloydb-connector';
import { connectionOver, startDatabase } from '../../test/database-server.ts';
import { cancelRequest, startupMessage } from '../../test/first-messages.ts';
import { type MountRig, startMount } from '../../test/mount-rig.ts';
import { socketPair } from '../../test/socket-pair.ts';
import type { Dial } from './session.ts';

const startup = startupMessage('app');
const leftBefore = 'client closed the connection before the instance was connected';
const shutDown = 'closed the connection to shut down';

/** A dial that the test settles, and that tells when it began and whether it was given up. */
function heldDial() {
  const begun = Promise.withResolvers<AbortSignal>();
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const dial: Dial = (signal) => {
    begun.resolve(signal);
    return promise;
  };
  return { dial, begun: begun.promise, resolve, reject };
}

/** A dial that ends only by its signal, as a stalled one of the connector does. */
const stalledDial: Dial = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

function lastLine({ lines }: MountRig): string {
  return lines.at(-1) ?? '';
}

test('Session delivers what a client sent before its instance was connected, however much it is', async () => {
  await using database = await startDatabase();
  const { dial, begun, resolve } = heldDial();
  await using rig = await startMount({ dial });
  const client = await rig.client();
  const sent = Buffer.concat([startup, randomBytes(1024 * 1024)]);
  for (let at = 0; at < sent.length; at += 50_000) client.write(sent.subarray(at, at + 50_000));
  client.end();
  resolve(await database.dial(await begun));
  assert.ok((await buffer(client)).equals(sent), 'every byte in order');
  await rig.mount.whenEmpty();
  assert.match(lastLine(rig), /client closed the connection \(connection 1 from /);
});

for (const [what, sent] of [
  ['nothing', Buffer.alloc(0)],
  ['its greeting', startup],
] as const) {
  test(`Session gives the dial up when its client ends after ${what}`, async () => {
    await using rig = await startMount({ dial: stalledDial });
    const client = await rig.client();
    client.end(sent);
    await rig.mount.whenEmpty();
    assert.ok(lastLine(rig).endsWith(leftBefore), lastLine(rig));
    assert.deepEqual(
      rig.events.map(({ at }) => at),
      ['accepted', 'left'],
    );
    client.destroy();
  });
}

test('Session gives the dial up when its client resets the connection', async () => {
  await using rig = await startMount({ dial: stalledDial });
  (await rig.client()).resetAndDestroy();
  await rig.mount.whenEmpty();
  assert.ok(lastLine(rig).endsWith(leftBefore), lastLine(rig));
});

test('Session delivers a cancel request whose sender has ended', async () => {
  await using database = await startDatabase((socket) => socket.on('end', () => socket.end()));
  const { dial, begun, resolve } = heldDial();
  await using rig = await startMount({ dial });
  const client = await rig.client();
  client.resume().end(cancelRequest());
  const arrived = database.session();
  const signal = await begun;
  resolve(await database.dial(signal));
  assert.deepEqual(await buffer(await arrived), cancelRequest());
  await rig.mount.whenEmpty();
  assert.equal(signal.aborted, false);
});

test('Session says that the proxy shut down and never that the client left, however late the dial fails', async () => {
  const { dial, begun, reject } = heldDial();
  await using rig = await startMount({ dial });
  const client = await rig.client();
  const signal = await begun;
  const stopped = rig.mount.stop();
  assert.equal(signal.aborted, true);
  // The client's socket closes meanwhile, by the stop itself.
  await once(client.resume(), 'end');
  reject(signal.reason as Error);
  await stopped;
  client.destroy();
  assert.ok(lastLine(rig).endsWith(shutDown), lastLine(rig));
  assert.doesNotMatch(rig.lines.join('\n'), /client closed/);
});

test('Session ends a connection that comes after the stop', async () => {
  await using database = await startDatabase();
  const { dial, begun, resolve } = heldDial();
  await using rig = await startMount({ dial });
  const client = await rig.client();
  const connection = await database.dial(await begun);
  const stopped = rig.mount.stop();
  resolve(connection);
  await stopped;
  client.destroy();
  assert.equal(connection.socket.destroyed, true);
  assert.ok(lastLine(rig).includes(`${shutDown} (connection 1 `), lastLine(rig));
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'proxy' });
});

test('Session blames its client, not the shutdown, when the dial succeeds after the client has left', async () => {
  await using database = await startDatabase();
  const { dial, begun, resolve } = heldDial();
  await using rig = await startMount({ dial });
  const client = await rig.client();
  const signal = await begun;
  client.end(startup);
  await once(signal, 'abort');
  const connection = await database.dial(signal);
  resolve(connection);
  await rig.mount.whenEmpty();
  assert.equal(connection.socket.destroyed, true);
  assert.match(lastLine(rig), /client closed the connection \(connection 1 /);
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'client' });
  client.destroy();
});

test('Session tells its client why there is no connection, whatever the dial throws', async () => {
  const thrown: readonly (readonly [unknown, string])[] = [
    [new Error('no route'), 'no route'],
    ['no error at all', 'no error at all'],
    [undefined, 'undefined'],
  ];
  for (const [reason, words] of thrown) {
    await using rig = await startMount({ dial: () => Promise.reject(reason) });
    const client = await rig.client();
    client.write(startup);
    const answer = await text(client);
    assert.match(answer, /^E/);
    assert.ok(answer.includes(`CXX000\0Malloydb-auth-proxy: ${words}\0`), answer);
    assert.ok(rig.lines.some((line) => line.endsWith(`failed to connect to instance: ${words}`)));
    client.destroy();
  }
});

test('Session refuses beyond the limit, but lets a cancel request through', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial, limit: 1 });
  const first = await rig.client();
  await rig.until('connected');
  const refused = await rig.client();
  refused.write(startup);
  assert.match(await text(refused), /C53300\0/);
  refused.destroy();
  const cancelling = await rig.client();
  cancelling.end(cancelRequest());
  assert.deepEqual(await buffer(cancelling), cancelRequest());
  assert.equal(rig.slots.taken, 1);
  first.destroy();
});

test('Session dials a cancel request at once, while others wait for a place', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial, limit: 1, waitMs: 3_600_000 });
  const first = await rig.client();
  await rig.until('connected');
  const waiting = await rig.client();
  waiting.write(startup);
  const cancelling = await rig.client();
  cancelling.end(cancelRequest());
  assert.deepEqual(await buffer(cancelling), cancelRequest());
  assert.deepEqual([rig.slots.taken, rig.slots.waiting], [1, 1]);
  assert.equal(
    rig.events.some(({ at }) => at === 'refused'),
    false,
  );
  first.destroy();
  await rig.until('connected', 3);
  waiting.destroy();
});

test('Session counts a client that leaves while it waits for a place as one that left, not as refused', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial, limit: 1, waitMs: 3_600_000 });
  const first = await rig.client();
  await rig.until('connected');
  (await rig.client()).resetAndDestroy();
  while (!lastLine(rig).endsWith(leftBefore)) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    rig.events.some(({ at }) => at === 'refused'),
    false,
  );
  first.destroy();
});

/** Ways in which a session can end, each with the client that takes it there. */
const endings: Readonly<Record<string, { readonly dial?: Dial; readonly end: (client: Socket) => void }>> = {
  'after its client ended': { end: (client) => client.resume().end(startup) },
  'after its client reset': { end: (client) => client.resetAndDestroy() },
  'after its client left during the dial': { dial: stalledDial, end: (client) => client.end() },
  'after its client reset during the dial': { dial: stalledDial, end: (client) => client.resetAndDestroy() },
  'after a dial that failed': {
    dial: () => Promise.reject(new Error('no route')),
    end: (client) => client.resume().end(startup),
  },
  'after a dial that rejected with no error': {
    dial: () => Promise.reject('no error'),
    end: (client) => client.resume().end(startup),
  },
  'after a dial that threw at once': {
    dial: () => {
      throw new Error('at once');
    },
    end: (client) => client.resume().end(startup),
  },
  'after an instance that was gone at once': { dial: goneDial, end: (client) => client.resume().end(startup) },
};

for (const [when, { dial: firstDial, end }] of Object.entries(endings)) {
  test(`Session gives its slot back once ${when}, and the next client is served`, async () => {
    await using database = await startDatabase();
    let dials = 0;
    const dial: Dial = (signal) => {
      dials += 1;
      return dials === 1 && firstDial !== undefined ? firstDial(signal) : database.dial(signal);
    };
    await using rig = await startMount({ dial, limit: 1 });
    const client = await rig.client();
    if (firstDial === undefined) await rig.until('connected');
    end(client);
    await rig.mount.whenEmpty();
    assert.equal(rig.slots.taken, 0);
    const next = await rig.client();
    assert.equal(rig.slots.taken, 1);
    next.end('served');
    assert.equal(await text(next), 'served');
    await rig.mount.whenEmpty();
    assert.equal(rig.slots.taken, 0);
    client.destroy();
  });
}

test('Session leaves no socket, timer or warning behind, a hundred times over', async (t) => {
  const warned = t.mock.fn();
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  {
    await using database = await startDatabase();
    await using rig = await startMount({ dial: database.dial, limit: 100 });
    const clients = await Promise.all(Array.from({ length: 100 }, () => rig.client()));
    await rig.until('connected', 100);
    const answers = clients.map(async (client, index) => {
      const closed = once(client, 'close');
      client.end(`hello ${index}`);
      assert.equal(await text(client), `hello ${index}`);
      await closed;
    });
    await Promise.all(answers);
    await rig.mount.whenEmpty();
    assert.deepEqual([rig.slots.taken, database.open()], [0, 0]);
  }
  await new Promise((resolve) => setImmediate(resolve));
  const left = process.getActiveResourcesInfo().filter((name) => /Socket|Connect|Timeout/.test(name));
  assert.deepEqual(left, []);
  assert.equal(warned.mock.callCount(), 0);
});

async function goneDial(): Promise<Connection> {
  const { near, far } = await socketPair();
  near.on('error', () => undefined);
  far.resetAndDestroy();
  return connectionOver(near);
}
