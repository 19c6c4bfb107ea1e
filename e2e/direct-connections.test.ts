// psql connects to an instance's own PostgreSQL port, without a proxy; requireConnectors refuses it there and serves the proxy.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { libpqEnvironment, queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';
import { type ProgramEnd, runProgram, skipUnlessInstalled } from './support/tools.ts';

const account = 'direct@local.iam.gserviceaccount.com';

test('An instance takes psql at its own PostgreSQL port until connectors are required', {
  skip: skipUnlessInstalled('psql'),
}, async (t) => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const folder = await mkdtemp(join(tmpdir(), 'direct-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, 'root.crt');
  await writeFile(root, emulator.caCertificate(instance));
  const { address: host = '', postgresPort: port = 0 } = emulator.instances[0] ?? {};
  const { user, password } = emulator.superuser;

  const psql = async (mode: string, login = { user, password }): Promise<ProgramEnd> => {
    const env = { ...libpqEnvironment({ host, port, ...login }), PGSSLMODE: mode, PGSSLROOTCERT: root };
    return runProgram('psql', ['-w', '-Atc', 'select current_user'], env);
  };

  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    await t.test(`with sslmode=${mode}`, async () => {
      const { stdout, stderr } = await psql(mode);
      assert.equal(stdout, 'postgres\n', stderr);
    });
  }

  await t.test('but not with a root that is another’s', async () => {
    await emulator.rotateCa(instance);
    const { status, stderr } = await psql('verify-ca');
    assert.notEqual(status, 0);
    assert.match(stderr, /certificate verify failed/);
    await writeFile(root, emulator.caCertificate(instance));
  });

  await t.test('nor without TLS', async () => {
    const { stderr } = await psql('disable');
    assert.match(stderr, /no pg_hba\.conf entry for host "127\.0\.0\.1", user "postgres", .*, no encryption/);
  });

  await t.test('with an access token for a password', async () => {
    const name = await emulator.createIamUser(account);
    const { stdout, stderr } = await psql('verify-full', { user: name, password: emulator.mintToken(account) });
    assert.equal(stdout, `${name}\n`, stderr);
  });

  await t.test('and a program is served through the proxy alone while connectors are required', async () => {
    const { port: proxyPort } = await setting.startProxy(instance);
    emulator.setConnectionRule({ instance, requireConnectors: true });
    const { status, stderr } = await psql('require');
    assert.notEqual(status, 0);
    assert.match(stderr, /no pg_hba\.conf entry for host .*, SSL encryption/);
    assert.equal(await queryWithPg({ port: proxyPort, user, password }, 'select 1'), 1);
  });
});
