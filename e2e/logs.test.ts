// What the log says about connections, as text and as LogEntry, and what a storm of failures makes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { runProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

type LogEntry = Readonly<Record<string, unknown>> & { readonly message: string };

function entriesOf({ output }: ProxyProcess): readonly LogEntry[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogEntry);
}

test('--structured-logs says at the end of a connection all that is known about it', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const proxy = await setting.startProxy('--structured-logs', instance);
  const [, port = ''] = /Listening on 127\.0\.0\.1:(\d+)/.exec(proxy.stdout) ?? [];
  await queryWithPg({ port: Number(port), ...emulator.superuser }, 'select 1');
  await proxy.waitFor('client closed the connection');
  const about = entriesOf(proxy).filter(({ connection }) => connection === 1);
  assert.equal(about.length, 2);
  const [opened, closed] = about;
  const shared = { severity: 'INFO', connection: 1, instance: 'local.us-central1.demo.primary' };
  assert.partialDeepStrictEqual(opened, shared);
  assert.match(String(opened?.['client']), /^127\.0\.0\.1:\d+$/);
  assert.partialDeepStrictEqual(closed, {
    ...shared,
    client: opened?.['client'],
    ipType: 'PRIVATE',
    closedBy: 'client',
  });
  for (const field of ['dialMs', 'durationMs', 'bytesFromClient', 'bytesToClient']) {
    assert.ok(Number(closed?.[field]) > 0, field);
  }
  assert.match(String(closed?.['address']), /^127\..*:5433$/);
});

test('--quiet --structured-logs keeps silent about connections, and stays JSON for errors (W18)', async () => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const quiet = ['--quiet', '--structured-logs', '--run-connection-test'];
  const refused = await runProxy([...setting.flags, ...quiet, unknown]);
  assert.equal(refused.exit.code, 1);
  assert.equal(refused.stdout, '');
  const entries = entriesOf(refused);
  assert.ok(entries.length > 0);
  for (const { severity } of entries) assert.equal(severity, 'ERROR');
});

test('A storm of failing connections is a few lines and a count, and one line for each connection that opens', async () => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(unknown);
  const attempts = 40;
  const attempt = () => assert.rejects(queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'));
  // All at once: none of them has to be quick.
  await Promise.all(Array.from({ length: attempts }, attempt));
  await proxy.stop();
  const [failed = [], accepted = []] = [/failed to connect to instance/g, /accepted connection from/g].map((pattern) =>
    Array.from(proxy.output.matchAll(pattern)),
  );
  assert.equal(accepted.length, attempts);
  const counts = [...proxy.output.matchAll(/failed to connect to instance.*\(and (\d+) more times within 10 s\)/g)];
  assert.ok(counts.length > 0, proxy.output);
  const held = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  // The line that has the count is one more.
  assert.equal(failed.length - counts.length + held, attempts);
});
