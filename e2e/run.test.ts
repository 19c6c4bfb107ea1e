// `run` serves one command for as long as it lives, and ends as it ended.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProxyProcess, runProxy } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';

const skip = skipOnWindows('the commands are those of a POSIX shell');
// Everything but a command and a port.
const withoutPort = (flags: readonly string[]): readonly string[] => flags.slice(0, -2);

test('run gives psql all that it needs, and nothing but its output on standard output', {
  skip: skip || skipUnlessInstalled('psql'),
}, async () => {
  await using setting = await setUp();
  const psql = ['psql', '--no-psqlrc', '-At', '-c', 'select current_user', 'postgres'];
  await using ran = await runProxy(['run', ...withoutPort(setting.flags), setting.instance, '-i', '--', ...psql]);
  assert.deepEqual(ran.exit, { code: 0, signal: null });
  assert.equal(ran.stdout, `${iamUser}\n`);
  assert.match(ran.stderr, /Listening on 127\.0\.0\.1:\d+\n[^]*ready for new connections[^]*The command has ended/);
});

test('run sets the address of its listener, and passes on arguments, environment and exit code', { skip }, async () => {
  await using setting = await setUp();
  const shell = 'echo "$PGHOST $PGPORT $PGSSLMODE ${PGUSER-none} ${PGHOSTADDR-none} $OTHER $1"; exit 7';
  const args = ['run', setting.instance, ...withoutPort(setting.flags), '--', 'sh', '-c', shell, 'sh', '--port=1'];
  const env = { OTHER: 'kept', PGHOSTADDR: '192.0.2.1', ALLOYDB_PROXY_PORT: '5432' };
  await using ran = await runProxy(args, { env });
  assert.deepEqual(ran.exit, { code: 7, signal: null });
  const [, port = '5432'] = /Listening on 127\.0\.0\.1:(\d+)/.exec(ran.stderr) ?? [];
  assert.notEqual(port, '5432', 'a port that is the of the service is not that of the command');
  assert.equal(ran.stdout, `127.0.0.1 ${port} disable none none kept --port=1\n`);
});

test('run over a unix socket names its folder', { skip }, async () => {
  await using setting = await setUp();
  const folder = join(setting.folder, 'sockets');
  mkdirSync(folder);
  const flags = [...withoutPort(setting.flags), '--unix-socket', folder];
  await using ran = await runProxy(['run', ...flags, setting.instance, '--', 'sh', '-c', 'echo "$PGHOST $PGPORT"']);
  assert.equal(ran.stdout, `${join(folder, 'local.us-central1.demo.primary')} 5432\n`);
});

test('run reports a command that a signal ended as a shell does', { skip }, async () => {
  await using setting = await setUp();
  const args = ['run', ...withoutPort(setting.flags), setting.instance, '--', 'sh', '-c', 'kill -9 $$'];
  await using ran = await runProxy(args);
  assert.deepEqual(ran.exit, { code: 137, signal: null });
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`run hands ${signal} to its command, and ends when that does`, { skip }, async () => {
    await using setting = await setUp();
    const shell = `trap 'echo got it; exit 5' ${signal.slice(3)}; echo waiting; while :; do sleep 0.05; done`;
    const args = ['run', ...withoutPort(setting.flags), setting.instance, '--', 'sh', '-c', shell];
    await using proxy = new ProxyProcess(args, {});
    await proxy.waitFor('waiting');
    assert.deepEqual(await proxy.stop(signal), { code: 5, signal: null });
    assert.equal(proxy.stdout, 'waiting\ngot it\n');
  });
}

test('run without a command, or with one that is not there, says so', { skip }, async () => {
  await using setting = await setUp();
  await using none = await runProxy(['run', setting.instance]);
  assert.equal(none.exit.code, 1);
  assert.match(none.stderr, /^alloydb-auth-proxy: error: run needs a command\nalloydb-auth-proxy: hint: .* -- psql\n$/);
  await using missing = await runProxy(['run', ...withoutPort(setting.flags), setting.instance, '--', 'no-such-thing']);
  assert.equal(missing.exit.code, 127);
  assert.match(missing.stderr, /error: cannot run "no-such-thing": command not found\n.*hint: /);
  await using failed = await runProxy(['run', '--port', '70000', setting.instance, '--', 'sh', '-c', 'echo never']);
  assert.deepEqual([failed.exit.code, failed.stdout], [1, '']);
});
