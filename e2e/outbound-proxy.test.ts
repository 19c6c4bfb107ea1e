// Database connections through a SOCKS5 or an HTTP proxy, as the environment says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConnectProxy } from '../packages/connector/test/connect-proxy.ts';
import { startSocksServer } from '../packages/connector/test/socks-server.ts';
import { startProxyWith } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { type ProxyProcess, runProxy } from './support/proxy-process.ts';
import { type Setting, setUp } from './support/setting.ts';

const uri = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const name = 'primary.alloydb-psc.test';
const login = { user: 'gate', password: 'pa:ss@w0rd' };
const wrongLogin = 'gate:wr0ng-password';
const encodedLogin = `${login.user}:${encodeURIComponent(login.password)}`;

type Environment = Readonly<Record<string, string>>;

/** A proxy with debug logs; nothing of the tester's own network gets in. */
function start(setting: Setting, env: Environment, ...args: readonly string[]): Promise<ProxyProcess> {
  const own = { ALL_PROXY: '', HTTPS_PROXY: '', HTTP_PROXY: '', NO_PROXY: '' };
  const lower = Object.fromEntries(Object.keys(own).map((variable) => [variable.toLowerCase(), '']));
  return startProxyWith(setting, {
    args: ['--debug-logs', '--credentials-file', setting.keyFile, ...args],
    env: { ...lower, ...own, ...env },
  });
}

async function assertServes(proxy: ProxyProcess, { emulator }: Setting, route: string): Promise<void> {
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
  await proxy.waitFor(` ${route} (`);
  assertNoLogin(proxy);
}

async function assertRefused(proxy: ProxyProcess, { emulator }: Setting, text: string, hint: string): Promise<void> {
  await assert.rejects(queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), (error: Error) => {
    assert.ok(error.message.includes(text), `the client is told too: ${error.message}`);
    assert.equal('code' in error && error.code, '08001');
    return true;
  });
  await proxy.waitFor(text);
  await proxy.waitFor(`hint: ${hint}`);
  assertNoLogin(proxy);
}

function assertNoLogin({ output }: Pick<ProxyProcess, 'output'>): void {
  for (const secret of [login.password, encodeURIComponent(login.password), 'wr0ng-password']) {
    assert.ok(!output.includes(secret), 'the password stays out of the log');
  }
}

test('ALL_PROXY carries the database connection through SOCKS5', async (t) => {
  await using setting = await setUp({ instances: [{ uri, pscDnsName: `${name}.` }] });
  const [instance] = setting.emulator.instances;
  const address = instance?.address ?? '';
  await using socks = await startSocksServer({ login, hosts: { [name]: address } });
  const host = `127.0.0.1:${socks.port}`;
  const route = `through the SOCKS5 proxy ${host}`;

  for (const scheme of ['socks5', 'socks5h']) {
    await t.test(`${scheme}:// with user and password`, async () => {
      const before = socks.asked.length;
      await using proxy = await start(setting, { ALL_PROXY: `${scheme}://${encodedLogin}@${host}` });
      await assertServes(proxy, setting, route);
      assert.deepEqual(socks.asked.slice(before), [`ipv4 ${address}:5433`]);
    });
  }
  await t.test('socks5h:// leaves a name to the proxy, which no resolver here knows', async () => {
    await using proxy = await start(setting, { ALL_PROXY: `socks5h://${encodedLogin}@${host}` }, '--psc');
    await assertServes(proxy, setting, route);
    assert.equal(socks.asked.at(-1), `name ${name}:5433`);
  });
  await t.test('socks5:// resolves the name here, and says what to write where that fails', async () => {
    await using proxy = await start(setting, { all_proxy: `socks5://${encodedLogin}@${host}` }, '--psc');
    const text = 'the name of the target cannot be resolved here';
    await assertRefused(proxy, setting, text, 'write socks5h:// instead of socks5://');
  });
  await t.test('but not what NO_PROXY excludes', async () => {
    const before = socks.asked.length;
    const env = { ALL_PROXY: `socks5://${encodedLogin}@${host}`, NO_PROXY: 'example.com,127.0.0.0/8' };
    await using proxy = await start(setting, env);
    await assertServes(proxy, setting, 'directly');
    assert.equal(socks.asked.length, before);
  });
  await t.test('a wrong password is the fault of the URL', async () => {
    await using proxy = await start(setting, { ALL_PROXY: `socks5://${wrongLogin}@${host}` });
    const text = `${route}: the proxy does not accept the user and password`;
    await assertRefused(proxy, setting, text, 'check the user and password in the URL of the proxy');
  });
  await t.test('an HTTP proxy in ALL_PROXY is left alone', async () => {
    await using proxy = await start(setting, { ALL_PROXY: `http://${encodedLogin}@${host}` });
    await assertServes(proxy, setting, 'directly');
  });
});

test('A SOCKS5 proxy that refuses, or is not there, is told apart from an instance that does not answer', async (t) => {
  await using setting = await setUp();
  const target = `${setting.emulator.instances[0]?.address}:5433`;
  await using socks = await startSocksServer({ refuseWith: 2 });
  await t.test('refuses', async () => {
    await using proxy = await start(setting, { ALL_PROXY: `socks5://127.0.0.1:${socks.port}` });
    const text = `Cannot connect to "${target}" through the SOCKS5 proxy 127.0.0.1:${socks.port}: the proxy refused to connect: its rules do not allow it`;
    await assertRefused(proxy, setting, text, `check that the proxy allows and reaches ${target}`);
  });
  await t.test('is not there', async () => {
    // Nothing listens on this loopback address.
    await using proxy = await start(setting, { ALL_PROXY: 'socks5://127.9.9.9' });
    const text = 'through the SOCKS5 proxy 127.9.9.9:1080: the proxy cannot be reached: connection refused';
    const hint = "check the proxy's URL, and that 127.9.9.9 port 1080 can be reached from here";
    await assertRefused(proxy, setting, text, hint);
  });
});

test('--http-connect carries the database connection through the proxy that HTTPS_PROXY names', async (t) => {
  await using setting = await setUp();
  const { emulator, flags, instance } = setting;
  const target = `${emulator.instances[0]?.address}:5433`;
  await using tunnel = await startConnectProxy({ login: `${login.user}:${login.password}` });
  const host = `127.0.0.1:${tunnel.port}`;
  const route = `through the HTTP proxy ${host}`;
  const env = { HTTPS_PROXY: `http://${encodedLogin}@${host}` };

  await t.test('by CONNECT, with user and password', async () => {
    await using proxy = await start(setting, env, '--http-connect');
    await assertServes(proxy, setting, route);
    assert.deepEqual(tunnel.asked, [target]);
  });
  await t.test('but not without the flag', async () => {
    await using proxy = await start(setting, env);
    await assertServes(proxy, setting, 'directly');
  });
  await t.test('nor what NO_PROXY excludes', async () => {
    await using proxy = await start(setting, { ...env, NO_PROXY: target }, '--http-connect');
    await assertServes(proxy, setting, 'directly');
  });
  await t.test('a wrong password is the fault of the URL', async () => {
    await using proxy = await start(setting, { HTTPS_PROXY: `http://${wrongLogin}@${host}` }, '--http-connect');
    const text = `${route}: the proxy answered "HTTP/1.1 407 Proxy Authentication Required"`;
    await assertRefused(proxy, setting, text, 'put a valid user and password into the URL of the proxy');
  });
  await t.test('a proxy that forbids the target says so', async () => {
    await using forbidding = await startConnectProxy({ answer: 'HTTP/1.1 403 Filtered\r\n\r\n' });
    const forbiddingUrl = `http://127.0.0.1:${forbidding.port}`;
    await using proxy = await start(setting, { HTTPS_PROXY: forbiddingUrl }, '--http-connect');
    const text = 'the proxy answered "HTTP/1.1 403 Filtered"';
    await assertRefused(proxy, setting, text, `let the proxy allow CONNECT to ${target}`);
  });
  await t.test('without HTTPS_PROXY the start is refused', async () => {
    const noProxy = { HTTPS_PROXY: '', https_proxy: '' };
    const { exit, stderr } = await runProxy([...flags, '--http-connect', instance], { env: noProxy });
    assert.equal(exit.code, 1);
    assert.match(stderr, /error: .*annot connect to databases by HTTP CONNECT: HTTPS_PROXY is not set/);
    assert.match(stderr, /hint: set HTTPS_PROXY=http:\/\/HOST:PORT/);
  });
});

test('A proxy URL that cannot be used is refused at start without repeating it', async () => {
  await using setting = await setUp();
  const env = { ALL_PROXY: 'socks5://gate:pa#ss@127.0.0.1:1080' };
  const { exit, output } = await runProxy([...setting.flags, setting.instance], { env });
  assert.equal(exit.code, 1);
  assert.match(output, /annot use the proxy that ALL_PROXY names/);
  assert.match(output, /hint: percent-encode/);
  assert.doesNotMatch(output, /pa#ss|gate/);
});
