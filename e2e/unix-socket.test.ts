// Unix sockets: who gets in by mode and group, and who does not.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { runProxy } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';

const unix = { skip: skipOnWindows('unix sockets have no modes on Windows') };
const root = { skip: unix.skip || (process.getuid?.() === 0 ? false : 'only root can act as other users') };
const stranger = 54_321;
const group = 54_322;

/** Whether another user, in a group or not, can open the socket. */
async function canConnect(path: string, gid: number): Promise<boolean> {
  const program = `require('net').connect(process.argv[1]).on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  const child = spawn('node', ['-e', program, path], { uid: stranger, gid, stdio: 'ignore', cwd: '/' });
  const [code] = (await once(child, 'close')) as [number];
  return code === 0;
}

test('A Unix socket is for its owner alone, and the log says how to let others in (W16)', unix, async () => {
  await using setting = await setUp();
  const folder = join(setting.folder, 'socket');
  const proxy = await setting.startProxy('--auto-iam-authn', `${setting.instance}?unix-socket-path=${folder}`);
  assert.equal(await queryWithPg({ host: folder, port: 5432, user: iamUser }, 'select 1'), 1);
  assert.equal(statSync(join(folder, '.s.PGSQL.5432')).mode & 0o777, 0o600);
  await proxy.waitFor('Only this user can connect to the Unix sockets');
  await proxy.waitFor('hint: let others in with --unix-socket-mode 0660');
});

test('--unix-socket-mode and --unix-socket-group let in the group and nobody else', root, async () => {
  await using setting = await setUp();
  chmodSync(setting.folder, 0o711);
  const own = join(setting.folder, 'own');
  const shared = join(setting.folder, 'shared');
  const open = join(setting.folder, 'open');
  await setting.startProxy(`${setting.instance}?unix-socket-path=${own}`);
  const flags = ['--unix-socket-mode', '0660', '--unix-socket-group', String(group)];
  await setting.startProxy(...flags, `${setting.instance}?unix-socket-path=${shared}`);
  await setting.startProxy('--unix-socket-mode=0777', `${setting.instance}?unix-socket-path=${open}`);
  const found = await Promise.all(
    [own, shared, open].flatMap((folder) =>
      [group, stranger].map((gid) => canConnect(join(folder, '.s.PGSQL.5432'), gid)),
    ),
  );
  assert.deepEqual(found, [false, false, true, false, true, true]);
});

test('--unix-socket-group refuses to start with a group that does not exist', unix, async () => {
  await using setting = await setUp();
  const { exit, stderr } = await runProxy([...setting.flags, '--unix-socket-group', 'no-such-group', setting.instance]);
  assert.equal(exit.code, 1);
  assert.match(stderr, /error: --unix-socket-group: there is no group "no-such-group".*\n.*hint: .*getent group/);
});

test('A path too long for a socket is refused with both lengths (W16)', unix, async () => {
  await using setting = await setUp();
  const long = join(setting.folder, 'x'.repeat(100));
  const { exit, stderr } = await runProxy([...setting.flags, `${setting.instance}?unix-socket-path=${long}`]);
  assert.equal(exit.code, 1);
  assert.match(stderr, /the path has \d{3} bytes, a socket's may have 10[37]/);
});
