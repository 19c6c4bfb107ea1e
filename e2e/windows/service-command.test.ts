// `service` of the Windows executable, under Wine: it installs itself, and whatever else it can be asked for.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from '../support/clients.ts';
import { freePorts } from '../support/free-ports.ts';
import { setUp } from '../support/setting.ts';
import { skipWithoutWine, Wine, windowsPath } from './wine.ts';
import { WineService } from './wine-service.ts';

test('service install, status, restart, stop, start and uninstall do what they say on Windows', {
  skip: skipWithoutWine(),
}, async (t) => {
  await using setting = await setUp();
  await using wine = await Wine.start();
  // Wine's sc.exe lacks three words, and its PowerShell does nothing; icacls.exe is its own, which changes no rights.
  for (const name of ['sc', 'powershell']) wine.standIn(name);
  t.diagnostic('stand-ins: sc.exe (config, failureflag, queryex), powershell.exe (Restart-Service)');
  const service = new WineService(wine, 'alloydb-auth-proxy');
  const port = await freePorts(1);
  copyFileSync(setting.keyFile, join(wine.folder, 'key.json'));
  const config = wine.onDriveC('ProgramData', 'alloydb-auth-proxy', 'alloydb-auth-proxy.toml');
  const proxyFlags = [
    '--credentials-file',
    windowsPath(join(wine.folder, 'key.json')),
    `--port=${port}`,
    `--alloydbadmin-api-endpoint=${setting.emulator.apiEndpoint}`,
    '--max-sigterm-delay=30s',
    setting.instance,
  ];
  const ask = async (...words: readonly string[]): Promise<string> => {
    const { code, output } = await wine.run(wine.executable, 'service', ...words);
    assert.equal(code, 0, `service ${words.join(' ')}: ${output}`);
    return output;
  };
  const becomes = (wanted: string): Promise<unknown> => service.becomes(({ state }) => state === wanted);
  const query = (): Promise<unknown> => queryWithPg({ port, ...setting.emulator.superuser }, 'select 7');

  await t.test('print and --dry-run show the config and change nothing', async () => {
    assert.match(await ask('print', '--', ...proxyFlags), /^credentials-file = "Z:\\\\/m);
    assert.match(await ask('install', '--dry-run', '--', ...proxyFlags), /would run sc\.exe create alloydb-auth-proxy/);
    assert.ok(!existsSync(config));
    assert.notEqual((await service.sc('query')).code, 0);
  });

  await t.test('install makes a service that serves, and a second time finds it like that', async () => {
    await ask('install', '--manager', 'windows', '--', ...proxyFlags);
    await becomes('RUNNING');
    assert.equal(await query(), 7);
    assert.match(readFileSync(config, 'utf8'), new RegExp(`^port = ${port}$`, 'm'));
    await service.logs('The proxy has started successfully and is ready for new connections!');
    assert.match(await ask('install', '--', ...proxyFlags), /is installed like this already/);
    assert.match(await ask('status'), /STATE {14}: 4 {2}RUNNING/);
  });

  await t.test('restart ends the process and starts another one', async () => {
    const before = service.pids();
    await ask('restart');
    await becomes('RUNNING');
    const after = service.pids();
    assert.equal(after.length, 1);
    assert.notDeepEqual(after, before);
    assert.equal(await query(), 7);
  });

  await t.test('stop drains it, start serves again', async () => {
    await ask('stop');
    await becomes('STOPPED');
    assert.deepEqual(service.pids(), []);
    await ask('start');
    await becomes('RUNNING');
    assert.equal(await query(), 7);
  });

  await t.test('what would not start is not installed', async () => {
    const { code, output } = await wine.run(
      wine.executable,
      'service',
      'install',
      '--',
      '--port',
      'x',
      setting.instance,
    );
    assert.equal(code, 1);
    assert.match(output, /error: .*--port/);
    assert.equal((await service.query()).state, 'RUNNING');
  });

  await t.test('uninstall takes away service and config, and leaves the key', async () => {
    await ask('uninstall');
    assert.ok(!existsSync(config));
    assert.ok(existsSync(join(wine.folder, 'key.json')));
    const deadline = Date.now() + 60_000;
    while ((await service.sc('query')).code === 0) {
      assert.ok(Date.now() < deadline, 'the service is still there');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
});
