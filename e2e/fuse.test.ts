// --fuse: instances by the names of files in a mounted folder, from the first look to the last.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { libpqEnvironment, queryWithPg } from './support/clients.ts';
import { fuseFolders, shell, skipWithoutFuse } from './support/fuse.ts';
import { isExecutable, runProxy, startProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';

const skip = skipWithoutFuse();
const primary = 'local.us-central1.demo.primary';

/** Whether something is mounted there, asked of the kernel's list alone. */
function isMounted(mount: string): boolean {
  return spawnSync('grep', ['-q', ` ${mount} fuse.alloydb-auth-proxy `, '/proc/mounts']).status === 0;
}

test('psql connects through a name that nobody has named before', {
  skip: skip || skipUnlessInstalled('psql'),
}, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const proxy = await setting.startProxy(...flags);
  const { stdout: before } = await shell('ls -A "$0"', mount);
  assert.equal(before, 'README\n');
  const { host: _, ...env } = { host: '', ...libpqEnvironment({ port: 5432, ...setting.emulator.superuser }) };
  const psql = await shell('psql --no-psqlrc -qAt -c "select 6 * 7"', mount, {
    ...strings(env),
    PGHOST: join(mount, primary),
  });
  assert.deepEqual([psql.stdout, psql.stderr], ['42\n', '']);
  const after = await shell(
    'ls -A "$0"; readlink "$0"/local.*; cat "$0/README"; stat -c "%F %a" "$0" "$0/README"',
    mount,
  );
  assert.match(after.stdout, new RegExp(`^README\n${primary}\n${setting.folder}/s/${primary}\n`));
  assert.match(after.stdout, /PROJECT\.REGION\.CLUSTER\.INSTANCE[^]*directory 555\nregular file 444\n$/);
  assert.match(proxy.stdout, /Mounted \S+\/mnt: open \S+\/mnt\/PROJECT\.REGION\.CLUSTER\.INSTANCE to connect/);
  await proxy.stop();
  assert.equal(isMounted(mount), false);
  assert.match(proxy.stdout, /Unmounted \S+\/mnt/);
});

function strings(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

test('A name that is none does not exist, and no name costs a call of the Admin API', { skip }, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  await setting.startProxy(...flags);
  const calls = setting.emulator.statistics().apiCalls;
  const wrong = await shell(
    'cd "$0" && ls -d nope .git a.b.c P.r.c.i google.com:p.r.c.i 2>&1; echo x >new; mkdir d',
    mount,
  );
  assert.equal(wrong.stdout.match(/No such file or directory/g)?.length, 5, wrong.stdout);
  assert.match(wrong.stderr, /new: Read-only file system[^]*Read-only file system/);
  const names = Array.from({ length: 100 }, (_, index) => `p.r.c.i${String(index).padStart(3, '0')}`);
  const looked = await shell(`cd "$0" && ls -d ${names.join(' ')} google.com_p.r.c.i | wc -l && ls`, mount);
  assert.equal(looked.stdout, ['101', 'README', 'google.com_p.r.c.i', ...names, ''].join('\n'));
  assert.deepEqual(setting.emulator.statistics().apiCalls, calls);
});

test('A client of an instance that is not there is told so', { skip }, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  await setting.startProxy(...flags);
  await assert.rejects(connect(join(mount, 'p.r.c.i'), setting), /p\.r\.c\.i|instances\/i/);
});

/** Through the mounted folder: the proxy, which is another process, finds the name without anybody's help. */
async function connect(host: string, { emulator }: Awaited<ReturnType<typeof setUp>>): Promise<Client> {
  const client = new Client({ host, port: 5432, database: 'postgres', ...emulator.superuser });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test('An instance that was named is served beside them, and a reload leaves both and what is mounted', {
  skip,
}, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const file = join(setting.folder, 'proxy.toml');
  const [, dir, , tmp] = flags;
  const write = (more: string): void =>
    writeFileSync(
      file,
      `fuse = "${dir}"\nfuse-tmp-dir = "${tmp}"\n${more}\ninstances = [{ uri = "${setting.instance}" }]\n`,
    );
  write('');
  const proxy = await setting.startProxy('--config-file', file);
  const client = await connect(join(mount, primary), setting);
  write('max-connections = 5\nunix-socket-mode = "0660"');
  await proxy.waitFor('Reloaded the configuration: listeners opened 0, closed 0, kept 1');
  assert.equal((await client.query('select 1')).rowCount, 1);
  const { stdout } = await shell(`ls "$0"; stat -c %a "$0/${primary}/.s.PGSQL.5432"`, mount);
  assert.equal(stdout, `README\n${primary}\n660\n`);
  assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 2'), 2);
  await client.end();
});

test('Sessions through the folder are drained, and it is unmounted while programs are in it and ask for names', {
  skip,
}, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const proxy = await setting.startProxy(...flags, '--max-sigterm-delay=60s');
  const client = await connect(join(mount, primary), setting);
  // One that stands in the folder, and some that never stop asking.
  const asking = shell(
    'cd "$0" && i=0 && while ls -d p.r.c.i$i && cat README; do i=$(((i + 1) % 50)); done >/dev/null',
    mount,
  );
  const also = shell('while ls -l "$0" && stat "$0/README"; do :; done >/dev/null', mount);
  await proxy.waitFor(/p\.r\.c\.i20\] Listening/);
  const stopping = proxy.stop();
  await proxy.waitFor('signal received');
  assert.equal((await client.query('select 1')).rowCount, 1, 'a session goes on');
  assert.equal(isMounted(mount), true);
  await client.end();
  assert.deepEqual(await stopping, { code: 143, signal: null });
  assert.equal(isMounted(mount), false);
  for (const { stderr } of await Promise.all([asking, also]))
    assert.match(stderr, /not connected|connection abort|endpoint shutdown|No such file/);
});

test('A socket that nobody uses is closed, one with a session is not, and a name that is asked for again opens anew', {
  skip: skip || (isExecutable ? 'the five minutes are shortened in the sources alone' : false),
}, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const entry = 'e2e/support/impatient-fuse-proxy.ts';
  await using proxy = await startProxy([...setting.flags, ...flags], { entry });
  const client = await connect(join(mount, primary), setting);
  assert.equal((await shell('ls -d "$0/p.r.c.i"', mount)).status, 0);
  await proxy.waitFor(/\[p\.r\.c\.i\] No longer listening on/);
  assert.equal((await shell('ls "$0" "$0/../s"', mount)).stdout.match(/p\.r\.c\.i/), null, 'its folder is gone too');
  assert.equal((await client.query('select 1')).rowCount, 1);
  assert.doesNotMatch(proxy.stdout, /primary\] No longer listening/);
  assert.equal((await shell('test -S "$0/p.r.c.i/.s.PGSQL.5432"', mount)).status, 0);
  await client.end();
  await proxy.waitFor(/primary\] No longer listening/);
  await (await connect(join(mount, primary), setting)).end();
});

test('After kill -9 the next start says what is left, and how to remove it', { skip }, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const args = [...setting.flags, ...flags];
  const killed = await startProxy(args);
  killed.signal('SIGKILL');
  await killed.ended;
  const { exit, stderr } = await runProxy(args);
  assert.equal(exit.code, 1);
  assert.match(stderr, /cannot mount \S+\/mnt: the mount of a process that has died is still there/);
  const [, command = ''] = /hint: remove it: (.*)/.exec(stderr) ?? [];
  assert.equal(command, `umount -l ${mount}`);
  assert.equal((await shell(command, mount)).status, 0);
  await setting.startProxy(...flags);
  const again = await runProxy(args);
  assert.match(again.stderr, /cannot mount \S+\/mnt: another proxy serves it/);
});

test('A folder that was unmounted by somebody else is told of, and the proxy goes on', { skip }, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  const proxy = await setting.startProxy(...flags);
  const client = await connect(join(mount, primary), setting);
  assert.equal((await shell('umount "$0"', mount)).status, 0);
  await proxy.waitFor(/mnt is no longer served: it was unmounted/);
  assert.equal((await client.query('select 1')).rowCount, 1);
  await client.end();
});

test('A proxy whose folder was unmounted under programs that stay in it ends all the same', { skip }, async () => {
  await using setting = await setUp();
  const { mount, flags } = fuseFolders(setting);
  await using proxy = await startProxy([...setting.flags, ...flags]);
  const staying = new AbortController();
  const stays = spawn('sleep', ['600'], { cwd: mount, signal: staying.signal, stdio: 'ignore' });
  const gone = once(stays, 'close').catch(() => undefined);
  await once(stays, 'spawn');
  assert.equal((await shell('umount -l "$0"', mount)).status, 0);
  proxy.signal('SIGTERM');
  const { code, signal } = await proxy.ended;
  staying.abort();
  await gone;
  // Node has a thread in the kernel that nothing calls back; Bun ends without it.
  assert.ok(signal === 'SIGKILL' || code === 143, `${code} ${signal}\n${proxy.output}`);
  assert.match(proxy.output, /the end of this process has to be forced/);
});

test('--fuse says which folder it lacks', { skip }, async () => {
  await using setting = await setUp();
  const missing = await runProxy([...setting.flags, '--fuse', join(setting.folder, 'no')]);
  assert.match(missing.stderr, /cannot mount \S+\/no: there is no such folder[^]*hint: create it: mkdir -p/);
  const file = await runProxy([
    ...setting.flags,
    '--fuse',
    setting.keyFile.replace('key.json', 'a'),
    '--run-connection-test',
  ]);
  assert.match(file.stderr, /--fuse and --run-connection-test cannot be used together/);
});
