// Database connections through SOCKS5 and HTTP CONNECT, as the environment says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConnectProxy } from '../packages/connector/test/connect-proxy.ts';
import { startSocksServer } from '../packages/connector/test/socks-server.ts';
import { queryWithPg } from './support/clients.ts';
import { type ProxyProcess, startProxy } from './support/proxy-process.ts';
import { type Setting, setUp } from './support/setting.ts';

const password = 'p%40ss-word';

async function withProxy(
  { flags, instance }: Setting,
  { env, extra = [] }: { readonly env: Readonly<Record<string, string>>; readonly extra?: readonly string[] },
  work: (proxy: ProxyProcess) => Promise<void>,
): Promise<void> {
  await using proxy = await startProxy([...flags, '--debug-logs', ...extra, instance], { env });
  await work(proxy);
  for (const secret of [password, decodeURIComponent(password)]) assert.ok(!proxy.output.includes(secret));
}

for (const scheme of ['socks5', 'socks5h'] as const) {
  test(`ALL_PROXY=${scheme}:// carries the database connection, and the log names the route`, async () => {
    await using setting = await setUp();
    await using socks = await startSocksServer({ login: { user: 'me', password: decodeURIComponent(password) } });
    const env = { ALL_PROXY: `${scheme}://me:${password}@127.0.0.1:${socks.port}` };
    await withProxy(setting, { env }, async (proxy) => {
      assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
      await proxy.waitFor(
        `connected to ${setting.emulator.instances[0]?.address}:5433 through the SOCKS5 proxy 127.0.0.1:${socks.port}`,
      );
    });
    assert.deepEqual(socks.asked, [`ipv4 ${setting.emulator.instances[0]?.address}:5433`]);
  });
}

test('NO_PROXY keeps the instance away from the proxy', async () => {
  await using setting = await setUp();
  await using socks = await startSocksServer();
  const env = { ALL_PROXY: `socks5://127.0.0.1:${socks.port}`, NO_PROXY: 'example.com,127.0.0.0/8' };
  await withProxy(setting, { env }, async (proxy) => {
    assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
    await proxy.waitFor(/connected to \S+ directly/);
  });
  assert.deepEqual(socks.asked, []);
});

test('--http-connect carries the database connection through HTTPS_PROXY', async () => {
  await using setting = await setUp();
  await using tunnel = await startConnectProxy({ login: `me:${decodeURIComponent(password)}` });
  const env = { HTTPS_PROXY: `http://me:${password}@127.0.0.1:${tunnel.port}` };
  await withProxy(setting, { env, extra: ['--http-connect'] }, async (proxy) => {
    assert.equal(await queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), 1);
    await proxy.waitFor('through the HTTP proxy');
  });
  assert.equal(tunnel.asked.length, 1, 'the Admin API on loopback is asked directly');
});

test('A proxy that refuses is named to the client, with what it said', async () => {
  await using setting = await setUp();
  await using tunnel = await startConnectProxy({ answer: 'HTTP/1.1 403 Forbidden by policy\r\n\r\n' });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${tunnel.port}` };
  await withProxy(setting, { env, extra: ['--http-connect'] }, async (proxy) => {
    await assert.rejects(queryWithPg({ port: proxy.port, ...setting.emulator.superuser }, 'select 1'), {
      code: '08001',
      message: /through the HTTP proxy 127\.0\.0\.1:\d+: .*403 Forbidden by policy/,
    });
  });
});
