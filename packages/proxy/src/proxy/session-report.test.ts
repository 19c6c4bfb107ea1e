// The first and the last line of a connection, and the events beside them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDatabase } from '../../test/database-server.ts';
import { startMount } from '../../test/mount-rig.ts';
import { closeEntry, openEntry, type SessionEnd } from './session-report.ts';

const route = { address: '10.0.0.5:5433', ipType: 'PRIVATE', dialMs: 12.4 };
const end: SessionEnd = {
  by: 'client',
  reason: undefined,
  error: undefined,
  durationMs: 3_210,
  bytesFromClient: 10,
  bytesToClient: 20,
};

test('openEntry and closeEntry join the two lines of a connection by its number', () => {
  const session = { id: 7, instance: 'p.r.c.i', client: '127.0.0.1:4711' };
  assert.equal(openEntry(session).text, 'accepted connection from 127.0.0.1:4711 (connection 7)');
  const { text, fields } = closeEntry('client closed the connection', session, route, end);
  assert.equal(
    text,
    'client closed the connection (connection 7 from 127.0.0.1:4711, PRIVATE 10.0.0.5:5433, dialled in 12 ms, open for 3.2 s, 10 bytes from the client, 20 to it)',
  );
  assert.deepEqual(fields, {
    connection: 7,
    instance: 'p.r.c.i',
    client: '127.0.0.1:4711',
    address: '10.0.0.5:5433',
    ipType: 'PRIVATE',
    dialMs: 12,
    durationMs: 3210,
    bytesFromClient: 10,
    bytesToClient: 20,
    closedBy: 'client',
  });
});

test('openEntry and closeEntry invent no address for the client of a unix socket', () => {
  const session = { id: 7, instance: 'p.r.c.i', client: undefined };
  const opened = openEntry(session);
  assert.deepEqual(opened, {
    text: 'accepted connection from a unix socket (connection 7)',
    fields: { connection: 7, instance: 'p.r.c.i' },
  });
  const closed = closeEntry('closed the connection to shut down', session, route, {
    ...end,
    by: 'proxy',
    reason: 'shutdown',
    error: new Error('read ECONNRESET'),
  });
  assert.match(closed.text, /^closed the connection to shut down \(connection 7, PRIVATE /);
  assert.equal('client' in closed.fields, false);
  assert.partialDeepStrictEqual(closed.fields, { closeReason: 'shutdown', closeError: 'read ECONNRESET' });
});

test('Session publishes its whole life, with what has gone through while it lasts', async () => {
  await using database = await startDatabase((socket) => socket.on('data', () => socket.end('answer')));
  await using rig = await startMount({ dial: database.dial });
  const client = await rig.client();
  client.resume().end('question');
  await rig.mount.whenEmpty();
  const [accepted, connected, closed] = rig.events;
  assert.deepEqual(
    rig.events.map(({ at }) => at),
    ['accepted', 'connected', 'closed'],
  );
  assert.match((accepted?.at === 'accepted' && accepted.client) || '', /^127\.0\.0\.1:\d+$/);
  assert.partialDeepStrictEqual(connected, { id: 1, ipType: 'PRIVATE' });
  assert.deepEqual(connected?.at === 'connected' && connected.traffic(), { bytesFromClient: 8, bytesToClient: 6 });
  assert.partialDeepStrictEqual(closed, { by: 'client', bytesFromClient: 8, bytesToClient: 6, error: undefined });
});

test('Session publishes that it waits for a place, and that it got one or left', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial, limit: 1, waitMs: 60_000 });
  const holder = await rig.client();
  await rig.until('connected');
  const patient = await rig.client();
  const impatient = await rig.client();
  await rig.until('waiting', 2);
  impatient.destroy();
  await rig.until('left');
  holder.destroy();
  await rig.until('admitted');
  await rig.until('connected', 2);
  patient.destroy();
  await rig.mount.whenEmpty();
  assert.deepEqual(
    rig.events.filter(({ id }) => id === 2).map(({ at }) => at),
    ['accepted', 'waiting', 'admitted', 'connected', 'closed'],
  );
  assert.deepEqual(
    rig.events.filter(({ id }) => id === 3).map(({ at }) => at),
    ['accepted', 'waiting', 'left'],
  );
});
