// Sessions through a real listener that the proxy ends by itself: silent ones, and old ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { startDatabase } from '../../test/database-server.ts';
import { type MountRig, startMount } from '../../test/mount-rig.ts';
import { query, ready, servePostgres, startup } from '../../test/postgres-session.ts';
import type { SessionLimits } from './session-limits.ts';

// Short, but long enough for a login on a machine that is busy.
const idle: SessionLimits = { idleTimeoutMs: 300, maxLifetimeMs: 0, random: () => 0 };
const old: SessionLimits = { idleTimeoutMs: 0, maxLifetimeMs: 60_000, random: () => 0 };

/** A client that has logged in and got its answer. */
async function logIn(rig: MountRig): Promise<Socket> {
  const client = await rig.client();
  await send(client, startup);
  return client;
}

/** Sends, and waits for the answer; the client is left paused. */
async function send(client: Socket, bytes: Buffer): Promise<Buffer> {
  client.resume().write(bytes);
  const [answer] = (await once(client, 'data')) as [Buffer];
  client.pause();
  return answer;
}

async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('Session tells an idle client over which nothing is sent that it is ended, with 57P05', async () => {
  await using database = await startDatabase(servePostgres);
  await using rig = await startMount({ dial: database.dial, limits: idle, limit: 1 });
  const client = await logIn(rig);
  const told = await text(client);
  assert.match(
    told,
    /^E.*\0C57P05\0Malloydb-auth-proxy: nothing was sent over this connection for 300ms\0H.*--client-idle-timeout/s,
  );
  await rig.mount.whenEmpty();
  client.destroy();
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'proxy', reason: 'idle-timeout' });
  assert.match(
    rig.lines.at(-1) ?? '',
    /closed the connection: nothing was sent for 300ms \(--client-idle-timeout\) \(connection 1 /,
  );
  assert.deepEqual([rig.slots.taken, database.open()], [0, 0]);
});

for (const [what, sent] of [
  ['whose query is under way', Buffer.concat([startup, query('wait')])],
  ['that it does not understand', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['that never says anything', Buffer.alloc(0)],
] as const) {
  test(`Session ends a silent client ${what} without a word`, async () => {
    // Answers nothing by itself.
    await using database = await startDatabase((socket) => socket.on('end', () => socket.end()).resume());
    await using rig = await startMount({ dial: database.dial, limits: idle });
    const client = await rig.client();
    client.write(sent);
    assert.equal((await buffer(client)).length, 0);
    await rig.mount.whenEmpty();
    assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'proxy', reason: 'idle-timeout' });
    client.destroy();
  });
}

test('Session ends a silent client that does not take what it was sent', async () => {
  const notice = Buffer.alloc(32 * 1024 * 1024);
  notice.write('N');
  notice.writeUInt32BE(notice.length - 1, 1);
  await using database = await startDatabase((socket) => {
    socket.once('data', () => socket.write(Buffer.concat([ready, notice])));
  });
  await using rig = await startMount({ dial: database.dial, limits: idle });
  const client = await rig.client();
  client.pause().write(startup);
  await rig.mount.whenEmpty();
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'proxy', reason: 'idle-timeout' });
  client.destroy();
});

/** Timers of the process that the test moves; those of sockets are not among them. */
function takeTimers(t: TestContext): (ms: number) => void {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return (ms) => t.mock.timers.tick(ms);
}

test('Session ends an idle client that has come of age, with 57P01', async (t) => {
  const tick = takeTimers(t);
  await using database = await startDatabase(servePostgres);
  await using rig = await startMount({ dial: database.dial, limits: old });
  const client = await logIn(rig);
  tick(59_999);
  assert.ok((await send(client, query('select 1'))).equals(await send(client, query('select 2'))));
  tick(1);
  assert.match(await text(client), /^E.*\0C57P01\0Malloydb-auth-proxy: this connection has reached its age of 1m0s\0/s);
  await rig.mount.whenEmpty();
  client.destroy();
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'proxy', reason: 'max-lifetime' });
  assert.match(rig.lines.at(-1) ?? '', /it has reached its age of 1m0s \(--max-connection-lifetime\) \(connection 1 /);
});

test('Session lets an old client finish its transaction, and delivers the answer before the word', async (t) => {
  const tick = takeTimers(t);
  await using database = await startDatabase(servePostgres);
  await using rig = await startMount({ dial: database.dial, limits: old });
  const client = await logIn(rig);
  await send(client, query('begin'));
  tick(3_600_000);
  await nextTurns();
  await send(client, query('select 1'));
  client.write(query('commit'));
  const last = await text(client);
  assert.match(last, /^C.*OK\0Z.{4}IE.*\0C57P01\0/s);
  await rig.mount.whenEmpty();
  client.destroy();
});

test('Session goes on with an old client that it does not understand', async (t) => {
  const tick = takeTimers(t);
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial, limits: old });
  const client = await rig.client();
  await rig.until('connected');
  tick(3_600_000);
  assert.equal((await send(client, Buffer.from('\x16\x03\x01 as TLS would'))).toString(), '\x16\x03\x01 as TLS would');
  client.end();
  await rig.mount.whenEmpty();
  assert.partialDeepStrictEqual(rig.events.at(-1), { at: 'closed', by: 'client', reason: undefined });
});

test('Session leaves no timer behind, with limits or without', async () => {
  await using database = await startDatabase(servePostgres);
  for (const limits of [undefined, { ...old, idleTimeoutMs: 60_000 }]) {
    await using rig = await startMount({ dial: database.dial, ...(limits === undefined ? {} : { limits }) });
    const client = await logIn(rig);
    client.resume().end();
    await rig.mount.whenEmpty();
  }
  await nextTurns();
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
  );
});
