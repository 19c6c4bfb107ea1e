// Starting a server, again and again where it cannot be.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import { listening } from './listening.ts';

test('listening leaves nothing behind at a server that cannot listen', async () => {
  const holder = createServer();
  await listening(holder, { host: '127.0.0.1', port: 0 });
  const server = createServer();
  const before = server.eventNames();
  for (let attempt = 0; attempt < 12; attempt += 1) {
    await assert.rejects(listening(server, { host: '127.0.0.1', port: portOf(holder) }), { code: 'EADDRINUSE' });
  }
  assert.deepEqual(server.eventNames(), before);
  holder.close();
  await listening(server, { host: '127.0.0.1', port: 0 });
  assert.deepEqual(server.eventNames(), before);
  server.close();
});
