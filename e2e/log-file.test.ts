// The log in a file: nothing of it on the standard streams, followed through rotation by others and through a reload.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { ProxyProcess } from './support/proxy-process.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';
import { until } from './support/until.ts';

const instance = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const skip = skipOnWindows('Windows has no SIGHUP, and renames no file that is open');

test('--log-file takes the log, outlives a rename and goes elsewhere at a reload', { skip }, async () => {
  await using setting = await setUp({ instances: [instance] });
  const [first, moved, second] = ['first', 'moved', 'second'].map((name) =>
    join(setting.folder, 'logs', `${name}.log`),
  );
  const config = join(setting.folder, 'proxy.json');
  const write = (file: string | undefined): void =>
    writeFileSync(
      config,
      JSON.stringify({
        'credentials-file': setting.keyFile,
        'alloydbadmin-api-endpoint': setting.emulator.apiEndpoint,
        'log-file': file,
        instances: [{ uri: instance, port: 0 }],
      }),
    );
  assert.ok(first !== undefined && moved !== undefined && second !== undefined);
  write(first);
  await using proxy = new ProxyProcess(['--config-file', config], {});
  await holds(first, 'ready for new connections!');
  assert.equal(proxy.output, '');
  assert.equal(statSync(first).mode & 0o777, 0o600);

  renameSync(first, moved);
  proxy.signal('SIGHUP');
  await holds(first, 'SIGHUP received');
  write(second);
  await holds(first, 'has changed');
  // The reload under way tells nothing where the log goes next, so there is another one.
  proxy.signal('SIGHUP');
  await holds(second, 'SIGHUP received');
  assert.equal(proxy.output, '');
});

test('--log-file that cannot be written is told once on standard error, and clients are served', async () => {
  await using setting = await setUp({ instances: [instance] });
  const file = join(setting.folder, 'taken');
  writeFileSync(file, '');
  const port = await freePorts(1);
  const args = [...setting.flags, '--port', String(port), '--log-file', join(file, 'proxy.log'), instance];
  await using proxy = new ProxyProcess(args, {});
  await proxy.waitFor('alloydb-auth-proxy: error: cannot write the log file');
  await proxy.waitFor('hint: the proxy runs on and tries again');
  await until(async () =>
    queryWithPg({ port, ...setting.emulator.superuser }, 'select 1').then(
      () => true,
      () => false,
    ),
  );
  assert.equal(proxy.output.split('cannot write the log file').length, 2);
});

const holds = (path: string, text: string): Promise<void> =>
  until(async () => existsSync(path) && readFileSync(path, 'utf8').includes(text));
