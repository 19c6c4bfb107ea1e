// What the program tells a service manager over its life (W26), read from a notify socket of the test's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNotifySocket, type NotifySocket, skipWithoutNotify } from '../packages/proxy/test/notify-socket.ts';
import { openPostgresJs } from './support/clients.ts';
import { isExecutable, ProxyProcess } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

const skip = skipWithoutNotify;

/** The next message that holds the text; what comes before it is returned too. */
async function until(systemd: NotifySocket, text: string): Promise<readonly string[]> {
  const messages: string[] = [];
  for (;;) {
    const message = await systemd.next();
    messages.push(message);
    if (message.includes(text)) return messages;
  }
}

test('A service manager hears ready, alive, reloading and stopping, and how much is served', { skip }, async () => {
  await using systemd = await openNotifySocket();
  await using setting = await setUp();
  const env = { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '1000000' };
  await using proxy = new ProxyProcess([...setting.flags, '--run-connection-test', setting.instance], { env });
  const [ready] = await until(systemd, 'READY=1');
  assert.match(ready ?? '', /READY=1 STATUS=Serving 1 instance, 0 connections/);
  // Not before clients are really served (W13); the log takes another way here, and may come later.
  await proxy.waitFor('ready for new connections');
  assert.match(proxy.stdout, /Connection test passed[^]*ready for new connections/);

  const session = openPostgresJs({ port: proxy.port, ...setting.emulator.superuser });
  await session`select 1`;
  await until(systemd, 'WATCHDOG=1 STATUS=Serving 1 instance, 1 connection');
  proxy.signal('SIGHUP');
  await until(systemd, 'RELOADING=1 MONOTONIC_USEC=');
  await until(systemd, 'READY=1');

  const exit = proxy.stop();
  await until(systemd, 'STOPPING=1 STATUS=Shutting down');
  assert.deepEqual(await exit, { code: 143, signal: null });
  await session.end();
});

test('The executable says it itself: units of others than root need no NotifyAccess=all', {
  skip: skip || (!isExecutable && 'on Node systemd-notify has to say it'),
}, async () => {
  await using systemd = await openNotifySocket();
  await using setting = await setUp();
  // Nowhere to find another program.
  const env = { NOTIFY_SOCKET: systemd.path, PATH: '' };
  await using proxy = new ProxyProcess([...setting.flags, setting.instance], { env });
  assert.match(await systemd.next(), /^READY=1 STATUS=Serving 1 instance/);
  assert.equal(systemd.sender, proxy.pid);
  const exit = proxy.stop();
  await until(systemd, 'STOPPING=1');
  assert.equal(systemd.sender, proxy.pid);
  await exit;
});

test('A start that fails never says ready', { skip }, async () => {
  await using systemd = await openNotifySocket();
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const env = { NOTIFY_SOCKET: systemd.path };
  await using proxy = new ProxyProcess([...setting.flags, '--run-connection-test', unknown], { env });
  assert.equal((await proxy.ended).code, 1);
  const said = systemd.next();
  const nothing = new Promise((resolve) => setTimeout(() => resolve('nothing'), 500));
  assert.equal(await Promise.race([said, nothing]), 'nothing');
});
