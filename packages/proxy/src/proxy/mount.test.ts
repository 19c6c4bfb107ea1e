// A listener and its sessions: numbered, ended together, refused afterwards.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startDatabase } from '../../test/database-server.ts';
import { startMount } from '../../test/mount-rig.ts';

test('Mount numbers its sessions and keeps them apart', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial });
  const [first, second] = [await rig.client(), await rig.client()];
  await rig.until('connected', 2);
  first.destroy();
  second.end('still served');
  assert.equal(await text(second), 'still served');
  await rig.mount.whenEmpty();
  const accepted = rig.events.flatMap((event) => (event.at === 'accepted' ? [event.id] : []));
  assert.deepEqual(accepted, [1, 2]);
});

test('Mount.whenEmpty waits for clients that come meanwhile', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial });
  const first = await rig.client();
  let empty = false;
  const emptied = rig.mount.whenEmpty().then(() => {
    empty = true;
  });
  const second = await rig.client();
  await rig.until('connected', 2);
  first.destroy();
  await rig.until('closed');
  assert.equal(empty, false);
  second.destroy();
  await emptied;
  assert.equal(rig.slots.taken, 0);
});

test('Mount.stop ends every session, accepts nobody any more and can be called twice', async () => {
  await using database = await startDatabase();
  await using rig = await startMount({ dial: database.dial });
  const clients = [await rig.client(), await rig.client()];
  await rig.until('connected', 2);
  const port = clients[0]?.remotePort ?? 0;
  const ended = clients.map((client) => once(client.resume(), 'end'));
  await Promise.all([rig.mount.stop(), rig.mount.stop()]);
  await Promise.all(ended);
  for (const client of clients) client.destroy();
  assert.equal(rig.slots.taken, 0);
  assert.equal(rig.lines.filter((line) => line.includes('closed the connection to shut down (')).length, 2);
  await assert.rejects(once(connect({ port, host: '127.0.0.1' }), 'connect'), { code: 'ECONNREFUSED' });
  await rig.mount.stop();
});
