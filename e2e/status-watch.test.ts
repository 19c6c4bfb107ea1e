// `status --watch` beside a running proxy: it shows what changes, and ends well when it is interrupted.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openPostgresJs } from './support/clients.ts';
import { proxyCommand, ProxyProcess, runProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';

const pageFlags = ['--status-page', '--admin-port', '0'];
const begun = '"sessions":[';

function adminPortOf({ stdout }: ProxyProcess): string {
  const [, port = ''] = /Serving the status page at http:\/\/localhost:(\d+)\//.exec(stdout) ?? [];
  return port;
}

test('status --watch shows a session that comes, line by line, and ends with 0 at Ctrl+C', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...pageFlags, setting.instance);
  await using watch = new ProxyProcess(['status', '--watch', '--format=json', '--admin-port', adminPortOf(proxy)], {});
  await watch.waitFor(begun);
  const session = openPostgresJs({ port: proxy.ports[0] ?? 0, ...setting.emulator.superuser });
  await session`select 1`;
  await watch.waitFor(/"sessions":\[\{/);
  assert.deepEqual(await watch.stop('SIGINT'), { code: 0, signal: null });
  // Each line is a whole report, and nothing that moves a cursor is among them.
  for (const line of watch.stdout.trimEnd().split('\n')) assert.ok('instances' in (JSON.parse(line) as object));
  await session.end();
});

test('status --watch says so and ends with 1 when the proxy has gone', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...pageFlags, setting.instance);
  await using watch = new ProxyProcess(['status', '--watch', '--format=json', '--admin-port', adminPortOf(proxy)], {});
  await watch.waitFor(begun);
  await proxy[Symbol.asyncDispose]();
  assert.deepEqual(await watch.ended, { code: 1, signal: null });
  assert.match(watch.stderr, /cannot ask the proxy at localhost:\d+ for its status: .*refused/);
});

test('status --watch begins each picture at the top of a terminal', {
  skip: skipUnlessInstalled('script'),
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...pageFlags, setting.instance);
  // Without exec a shell that stays would get the Ctrl+C as well, and end with 130 whatever its command ended with.
  const command = ['exec', ...proxyCommand, 'status', '--watch', '--admin-port', adminPortOf(proxy)].join(' ');
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(terminal, 'close');
  const shown = text(terminal.stdout);
  let pictures = 0;
  terminal.stdout.on('data', (data: Buffer) => {
    const before = pictures;
    pictures += data.toString().split('\u001b[H\u001b[2J').length - 1;
    // What is typed at a terminal as Ctrl+C.
    if (before < 2 && pictures >= 2) terminal.stdin.write('\u0003');
  });
  assert.deepEqual(await ended, [0, null]);
  assert.match(await shown, /local\.us-central1\.demo\.primary/);
});

test('status without a proxy says whom it asked and what to do', async () => {
  const { exit, stderr } = await runProxy(['status', '--watch', '--admin-port', '1']);
  assert.equal(exit.code, 1);
  assert.match(
    stderr,
    /cannot ask the proxy at localhost:1 for its status.*\n.*hint: start the proxy with --status-page/,
  );
});
