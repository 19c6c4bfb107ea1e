// A client that asks for much and reads nothing costs the proxy next to nothing.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { queryMessage, readUntilReady, startupMessage } from './support/postgres-messages.ts';
import { iamUser, setUp } from './support/setting.ts';

const skip = process.platform === 'linux' ? false : 'resident memory is read from /proc';

test('A stalled client keeps the memory of the proxy within 64 MiB above idle', { skip }, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--auto-iam-authn', setting.instance);
  await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1');
  const idle = proxy.residentBytes;
  const client = connect({ port: proxy.port, host: '127.0.0.1' });
  client.write(startupMessage(iamUser));
  await readUntilReady(client);
  client.write(queryMessage("select repeat('x', 10000) from generate_series(1, 50000)"));
  let most = 0;
  // Half a gigabyte waits behind the stalled client; two seconds are enough for it to arrive, if anything let it.
  for (let look = 0; look < 20; look += 1) {
    await sleep(100);
    most = Math.max(most, proxy.residentBytes);
  }
  client.destroy();
  const grown = Math.round((most - idle) / 1024 / 1024);
  assert.ok(grown < 64, `memory grew by ${grown} MiB`);
  assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'), 1, 'others are served meanwhile');
});
