// --allow-from keeps other peers out of TCP listeners, and a listener that others can reach is warned of.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { runProxy } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';

const linux = { skip: process.platform === 'linux' ? false : 'only Linux answers to the whole of 127.0.0.0/8' };

test('--allow-from lets in whom it names and hangs up on everybody else', linux, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--auto-iam-authn', '--allow-from', '127.0.0.1,10.0.0.0/8', setting.instance);
  assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select 1'), 1);
  const stranger = connect({ port: proxy.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  stranger.on('error', () => undefined);
  await once(stranger.resume(), 'close');
  await proxy.waitFor(/refusing 127\.0\.0\.2:\d+: --allow-from does not name it/);
});

test('--allow-from does not concern Unix sockets', {
  skip: skipOnWindows('unix sockets are not of Windows'),
}, async () => {
  await using setting = await setUp();
  const folder = join(setting.folder, 'socket');
  await setting.startProxy(
    '--auto-iam-authn',
    '--allow-from=10.0.0.0/8',
    `${setting.instance}?unix-socket-path=${folder}`,
  );
  assert.equal(await queryWithPg({ host: folder, port: 5432, user: iamUser }, 'select 1'), 1);
});

test('--allow-from refuses to start with a network that is none', async () => {
  await using setting = await setUp();
  const { exit, stderr } = await runProxy([...setting.flags, '--allow-from', '10.0.0.0/33', setting.instance]);
  assert.equal(exit.code, 1);
  assert.match(stderr, /error: invalid value for --allow-from: "10\.0\.0\.0\/33" .*\n.*hint: write it like/);
});

test('A listener that other machines can reach is warned of, and stays on IPv4 (W19)', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--address', '0.0.0.0', setting.instance);
  assert.match(proxy.stdout, /Listening on 0\.0\.0\.0:\d+/);
  await proxy.waitFor(/Listening on 0\.0\.0\.0: .* not encrypted/);
  const six = connect({ port: proxy.port, host: '::1' });
  const [error] = (await once(six, 'error')) as [NodeJS.ErrnoException];
  assert.notEqual(error.code, undefined);
});

test('--address takes a host name and the log says which address it stands for (W19)', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy('--address', 'localhost', setting.instance);
  assert.match(proxy.stdout, /Listening on (?:127\.0\.0\.1|\[::1\]):\d+/);
  assert.doesNotMatch(proxy.output, /not encrypted/);
});
