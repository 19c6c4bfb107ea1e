// The Windows executable as a service, under Wine: from its creation to its end.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from '../support/clients.ts';
import { freePorts } from '../support/free-ports.ts';
import { setUp } from '../support/setting.ts';
import { skipWithoutWine, windowsPath, Wine } from './wine.ts';
import { WineService } from './wine-service.ts';

const skip = skipWithoutWine();

test('The Windows executable serves as a service, reloads, drains, tells its failures and can be killed', {
  skip,
}, async (t) => {
  await using setting = await setUp();
  await using wine = await Wine.start();
  const service = new WineService(wine, 'alloydb-auth-proxy');
  const port = await freePorts(1);
  const config = join(wine.folder, 'proxy.json');
  copyFileSync(setting.keyFile, join(wine.folder, 'key.json'));
  const settings = {
    'credentials-file': windowsPath(join(wine.folder, 'key.json')),
    'alloydbadmin-api-endpoint': setting.emulator.apiEndpoint,
    'max-sigterm-delay': '60s',
    instances: [{ uri: setting.instance, port }],
  };
  const configure = (more: object = {}): void => writeFileSync(config, JSON.stringify({ ...settings, ...more }));
  configure();

  await t.test('is created with the settings of the official one, and started', async () => {
    const binPath = `"${windowsPath(wine.executable)}" --config-file "${windowsPath(config)}"`;
    const account = String.raw`NT AUTHORITY\Network Service`;
    await service.must('create', 'binPath=', binPath, 'start=', 'auto', 'obj=', account, 'DisplayName=', 'AlloyDB');
    await service.must('failure', 'reset=', '0', 'actions=', 'restart/0/restart/0/restart/0');
    await service.must('start');
    await service.becomes(({ state }) => state === 'RUNNING');
    await service.logs('The proxy has started successfully and is ready for new connections!');
  });

  await t.test('serves clients as soon as it says that it runs', async () => {
    assert.equal(await queryWithPg({ port, ...setting.emulator.superuser }, 'select 7'), 7);
  });

  await t.test('reads its configuration again at PARAMCHANGE', async () => {
    configure({ 'debug-logs': true });
    await service.control(6);
    await service.logs('Reloading the configuration: the service manager says so');
    assert.equal((await service.query()).state, 'RUNNING');
  });

  await t.test('drains at STOP: what is open goes on, nobody new is let in, and it ends with 0', async () => {
    const sql = openPostgresJs({ port, ...setting.emulator.superuser });
    await sql`select 1`;
    await service.must('stop');
    const first = await service.becomes(({ state }) => state === 'STOP_PENDING');
    await service.becomes(({ checkpoint }) => checkpoint > first.checkpoint);
    assert.deepEqual([...(await sql`select 2 as two`)], [{ two: 2 }]);
    await assert.rejects(queryWithPg({ port, ...setting.emulator.superuser }, 'select 1'), /shutting down/);
    await sql.end();
    const { exitCode } = await service.becomes(({ state }) => state === 'STOPPED');
    assert.equal(exitCode, 0);
    await service.logs('The service was asked to stop. Shutting down...');
    assert.deepEqual(service.pids(), []);
  });

  await t.test('that cannot start says why in its log, and fails in the eyes of Windows', async () => {
    rmSync(join(wine.folder, 'logs'), { recursive: true });
    configure({ 'dial-timeout': 'soon' });
    await service.sc('start');
    const { exitCode } = await service.becomes(({ state }) => state === 'STOPPED');
    assert.equal(exitCode, 1);
    await service.logs('dial-timeout');
  });

  await t.test('writes the file of --log-file instead, when there is one', async () => {
    const logFile = join(wine.folder, 'elsewhere', 'proxy.log');
    rmSync(join(wine.folder, 'logs'), { recursive: true });
    configure({ 'log-file': windowsPath(logFile) });
    await service.must('start');
    await service.becomes(({ state }) => state === 'RUNNING');
    await service.control(6);
    assert.ok(existsSync(logFile));
    assert.ok(!existsSync(join(wine.folder, 'logs')));
  });

  await t.test('is started again by its failure actions when it was killed', async (tt) => {
    const before = service.pids();
    assert.equal(before.length, 1);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const deadline = Date.now() + 5_000;
    while (Date.now() < deadline && !service.pids().some((pid) => !before.includes(pid))) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (service.pids().length === 0) tt.skip('this Wine has no failure actions');
  });

  await t.test('is gone when it was deleted', async () => {
    await service.sc('stop');
    await service.must('delete');
    assert.notEqual((await service.sc('query')).code, 0);
  });
});
