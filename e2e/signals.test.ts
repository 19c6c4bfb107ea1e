// Signals end the proxy with the official exit codes, and leave nothing behind.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { untilAsleep } from './support/asleep.ts';
import { queryWithPg } from './support/clients.ts';
import { startProxy } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';

const skip = skipOnWindows('Windows has no SIGTERM, and no unix sockets whose end could be seen');

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends the proxy and its sessions with exit code ${code}`, { skip }, async () => {
    await using setting = await setUp();
    const proxy = await setting.startProxy('--auto-iam-authn', setting.instance);
    const sleeping = queryWithPg({ port: proxy.port, user: iamUser }, 'select pg_sleep(60)');
    const ended = assert.rejects(sleeping, /terminated|ECONNRESET|closed/);
    // A signal during the dial would show less.
    await untilAsleep({ port: proxy.port, user: iamUser });
    assert.deepEqual(await proxy.stop(signal), { code, signal: null });
    assert.ok(proxy.stdout.includes(`${signal} signal received. Shutting down...`));
    await ended;
  });
}

test('A unix socket serves clients and is gone after the end', { skip }, async () => {
  await using setting = await setUp();
  const folder = join(setting.folder, 'local.us-central1.demo.primary');
  const flags = setting.flags.slice(0, -2);
  await using served = await startProxy([
    ...flags,
    '--unix-socket',
    setting.folder,
    '--auto-iam-authn',
    setting.instance,
  ]);
  const socket = join(folder, '.s.PGSQL.5432');
  assert.ok(served.stdout.includes(`[local.us-central1.demo.primary] Listening on ${socket}`));
  assert.equal(await queryWithPg({ host: folder, port: 5432, user: iamUser }, 'select 1'), 1);
  await served.waitFor('accepted connection from a unix socket');
  assert.equal((await served.stop()).code, 143);
  assert.ok(!existsSync(socket));
});
