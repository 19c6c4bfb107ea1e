// A client that has finished sending still gets the whole reply (W10).

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { iamUser, setUp } from './support/setting.ts';
import { readUntilReady, queryMessage, startupMessage } from './support/postgres-messages.ts';

test('A client that half-closes after its query receives the complete result', async () => {
  await using setting = await setUp();
  const { port } = await setting.startProxy('--auto-iam-authn', setting.instance);
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.write(startupMessage(iamUser));
  await readUntilReady(client);
  client.end(queryMessage("select repeat('x', 1000) from generate_series(1, 20000)"));
  const reply = await buffer(client);
  assert.ok(reply.length > 20_000_000, `the reply has only ${reply.length} bytes`);
  assert.ok(reply.includes('SELECT 20000'), 'the reply ends with the command tag');
});
