// `update check` as its users run it, and a proxy that checks daily, against a release feed on this machine.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerWith } from '../packages/proxy/test/answering-server.ts';
import { runProxy } from './support/proxy-process.ts';
import { STOP } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

test('update check says by its exit code whether there is a newer version', async () => {
  await using setting = await setUp();
  const env = { XDG_CACHE_HOME: join(setting.folder, 'cache') };
  let tag = 'v9.0.0';
  let notModified = 0;
  await using feed = await answerWith((request, response) => {
    assert.match(request.headers['user-agent'] ?? '', /^alloydb-auth-proxy\/\d+\.\d+\.\d+$/);
    const etag = `"${tag}"`;
    if (request.headers['if-none-match'] === etag) {
      notModified += 1;
      response.writeHead(304).end();
    } else response.writeHead(200, { etag }).end(JSON.stringify({ tag_name: tag }));
  });
  const check = () => runProxy(['update', 'check', '--feed', `http://127.0.0.1:${feed.port}/latest`], { env });
  const first = await check();
  assert.deepEqual([first.exit.code, first.stderr], [10, '']);
  assert.match(first.stdout, /^alloydb-auth-proxy \S+ is out of date\n {2}newest {3}9\.0\.0\n/);
  assert.equal((await check()).stdout, first.stdout);
  assert.equal(notModified, 1);
  tag = 'v0.0.1';
  assert.equal((await check()).exit.code, 0);
  tag = 'nightly';
  const last = await check();
  assert.equal(last.exit.code, 1);
  assert.match(
    last.stderr,
    /^alloydb-auth-proxy: error: the answer of \S+ does not describe a release: .*\n.*: hint: /,
  );
});

test('A proxy with --update-check=daily neither starts nor ends later because of a feed that does not answer', async () => {
  await using setting = await setUp();
  await using feed = await answerWith(() => undefined);
  const flags = ['--update-check=daily', '--update-feed', `http://127.0.0.1:${feed.port}/latest`];
  const proxy = await setting.startProxy(...flags, setting.instance);
  assert.deepEqual(await proxy.stop(), STOP.exit);
});
