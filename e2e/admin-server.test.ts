// The admin server of a running proxy: reading is for everybody on the machine, changing for who has its secret.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { metricsOf, scrape } from './support/endpoints.ts';
import { type ProxyProcess, runProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

const debugFlags = ['--debug', '--admin-port', '0'];

function adminOf({ stdout }: ProxyProcess) {
  const [, port = ''] = /Enabling pprof endpoints at localhost:(\d+)/.exec(stdout) ?? [];
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  const folders = [
    ...(runtime === undefined ? [] : [join(runtime, 'alloydb-auth-proxy')]),
    join(tmpdir(), `alloydb-auth-proxy-${process.getuid?.()}`),
  ];
  const file = folders.map((folder) => join(folder, `admin-${port}.secret`)).find((path) => existsSync(path)) ?? '';
  const secret = readFileSync(file, 'utf8').trim();
  const ask = (path: string, method = 'GET', headers: Readonly<Record<string, string>> = {}) =>
    fetch(`http://localhost:${port}${path}`, { method, headers });
  return { port, file, ask, askWithSecret: (path: string) => ask(path, 'POST', { authorization: `Bearer ${secret}` }) };
}

test('POST /sessions/ID/end ends one session and no other, and is counted', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const proxy = await setting.startProxy(...debugFlags, '--prometheus', '--http-port', '0', instance);
  const { ask, askWithSecret } = adminOf(proxy);
  const first = openPostgresJs({ port: proxy.port, ...emulator.superuser });
  const second = openPostgresJs({ port: proxy.port, ...emulator.superuser });
  await first`select 1`;
  await second`select 1`;
  const { sessions } = (await (await ask('/status.json')).json()) as { readonly sessions: readonly { id: number }[] };
  assert.equal(sessions.length, 2);
  const id = sessions[0]?.id ?? assert.fail();
  assert.equal((await ask(`/sessions/${id}/end`, 'POST')).status, 401);
  assert.equal((await askWithSecret(`/sessions/${id}/end`)).status, 200);
  await proxy.waitFor('closed the connection: an administrator asked for it');
  assert.equal((await second`select 2 as two`)[0]?.['two'], 2);
  const closed = [...metricsOf(await scrape(proxy))].find(([key]) => key.includes('by="proxy",reason="admin"'));
  assert.equal(closed?.[1], 1);
  await Promise.all([first.end(), second.end()]);
});

test('POST /reload reads the configuration again, and the secret is gone at the end', async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...debugFlags, setting.instance);
  const { file, askWithSecret } = adminOf(proxy);
  assert.equal((await askWithSecret('/reload')).status, 202);
  await proxy.waitFor('Reloaded the configuration: listeners opened 0, closed 0, kept 1');
  await proxy.stop();
  assert.equal(existsSync(file), false);
});

test('/debug/pprof/profile and /debug/heap-snapshot tell of a proxy that goes on serving', async () => {
  await using setting = await setUp();
  const { folder, instance, emulator } = setting;
  const proxy = await setting.startProxy(...debugFlags, '--heap-snapshot-dir', folder, instance);
  const { ask, askWithSecret } = adminOf(proxy);
  const taking = ask('/debug/pprof/profile?seconds=1');
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  const profile = (await (await taking).json()) as { readonly nodes: readonly unknown[] };
  assert.ok(profile.nodes.length > 0);
  assert.equal((await askWithSecret('/debug/heap-snapshot')).status, 200);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot')).length, 1);
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
});

test('status shows a running proxy with its sessions, as text and as JSON', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  const proxy = await setting.startProxy(...debugFlags, instance);
  const { port } = adminOf(proxy);
  const client = openPostgresJs({ port: proxy.port, ...emulator.superuser });
  await client`select 1`;
  const text = await runProxy(['status', '--admin-port', port]);
  assert.equal(text.exit.code, 0);
  assert.match(text.stdout, /^alloydb-auth-proxy \S+ \(pid \d+\): serving, up for /);
  assert.match(text.stdout, /\n {2}sessions: 1 connected, 0 dialling, 0 waiting; /);
  assert.match(text.stdout, /\n1 +local\.us-central1\.demo\.primary +127\.0\.0\.1:\d+ +connected /);
  const json = await runProxy(['status', '--admin-port', port, '--format', 'json']);
  assert.partialDeepStrictEqual(JSON.parse(json.stdout), {
    state: 'serving',
    sessions: [{ id: 1, state: 'connected' }],
  });
  await client.end();
});
