// --fuse for another user than root: the executable mounts by fusermount3, and Node says that it cannot.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fuseFolders, shell, skipWithoutFuse } from './support/fuse.ts';
import { isExecutable, ProxyProcess, proxyCommand } from './support/proxy-process.ts';
import { type Setting, setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';

/** nobody: fusermount3 wants one that has a name. */
const user = 65_534;
const skip = skipWithoutFuse() || skipUnlessInstalled('fusermount3') || skipUnlessReadable();

/** As that user the program itself must be there to be read. */
function skipUnlessReadable(): string | false {
  const program = isExecutable ? (proxyCommand[0] ?? '') : process.execPath;
  const probe = spawnSync(program, ['--version'], { uid: user, gid: user, cwd: '/' });
  return probe.status === 0 ? false : `another user cannot run ${program}`;
}

/**
 * In a mount namespace of its own, where everybody may open /dev/fuse, as is usual: on this machine it may be root's alone.
 */
function asUser(setting: Setting, args: readonly string[], before = ''): ProxyProcess {
  const device = join(setting.folder, 'fuse-device');
  const prepare = `mknod ${device} c 10 229 && chmod 0666 ${device} && mount --bind ${device} /dev/fuse`;
  const become = `exec setpriv --reuid=${user} --regid=${user} --clear-groups ${before} "$0" "$@"`;
  return new ProxyProcess(args, { before: ['unshare', '--mount', 'sh', '-c', `${prepare} && ${become}`] });
}

async function rig() {
  const setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  chmodSync(setting.folder, 0o755);
  const sockets = join(setting.folder, 's');
  mkdirSync(sockets);
  for (const path of [mount, sockets, setting.keyFile]) chownSync(path, user, user);
  return { setting, mount, args: [...setting.flags, ...flags] };
}

test('The executable mounts for any user by fusermount3, and unmounts at its end', {
  skip: skip || (isExecutable ? false : 'only the executable can; npm run test:executable runs this'),
}, async () => {
  const { setting, mount, args } = await rig();
  await using _ = setting;
  await using proxy = asUser(setting, args);
  await proxy.waitFor('ready for new connections!');
  await proxy.waitFor(/Only this user sees what is mounted[^]*hint: write the line user_allow_other/);
  const inside = `nsenter --target ${proxy.pid} --mount setpriv --reuid=${user} --regid=${user} --clear-groups`;
  const found = await shell(`${inside} ls -dF "$0/local.us-central1.demo.primary/.s.PGSQL.5432"`, mount);
  assert.match(found.stdout, /\.s\.PGSQL\.5432=$/m, found.stderr);
  const { password, user: name } = setting.emulator.superuser;
  if (skipUnlessInstalled('psql') === false) {
    const psql = `${inside} psql --no-psqlrc -qAt -h "$0/local.us-central1.demo.primary" -U ${name} -c 'select 42' postgres`;
    const said = await shell(psql, mount, { PGPASSWORD: password ?? '' });
    assert.deepEqual([said.stdout, said.stderr], ['42\n', '']);
  }
  assert.deepEqual(await proxy.stop(), { code: 143, signal: null });
  assert.match(proxy.output, /Unmounted \S+\/mnt/);
});

test('Node refuses to mount for another user than root, and says what can', {
  skip: skip || (isExecutable ? 'the executable can' : false),
}, async () => {
  const { setting, args } = await rig();
  await using _ = setting;
  const proxy = asUser(setting, args);
  assert.equal((await proxy.ended).code, 1);
  assert.match(
    proxy.stderr,
    /cannot mount: Node cannot take over what fusermount3 opens[^]*hint: use the standalone executable/,
  );
});

test('Any user mounts as root of a user namespace, with Node too', {
  skip: skip || skipWithoutUserNamespaces(),
}, async () => {
  const { setting, mount, args } = await rig();
  await using _ = setting;
  await using proxy = asUser(setting, args, 'unshare --map-root-user --mount');
  await proxy.waitFor('ready for new connections!');
  const found = await shell(`nsenter --target ${proxy.pid} --user --mount ls -A "$0"`, mount);
  assert.deepEqual([found.stdout, found.stderr], ['README\n', '']);
  assert.deepEqual(await proxy.stop(), { code: 143, signal: null });
  assert.match(proxy.output, /Unmounted \S+\/mnt/);
});

function skipWithoutUserNamespaces(): string | false {
  const probe = spawnSync('unshare', ['--map-root-user', '--mount', 'true'], { uid: user, gid: user, cwd: '/' });
  return probe.status === 0 ? false : 'other users than root cannot have user namespaces here';
}
