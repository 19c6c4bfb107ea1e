// Key and token files that are replaced while the proxy runs (W21).

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from 'alloydb-emulator';
import { impersonationEnvironment, latestCaller, startProxyWith, writeSecret } from './support/chosen-credentials.ts';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { iamUser, serviceAccount, type Setting, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

const successor = { principal: 'successor@local.iam.gserviceaccount.com', user: 'successor@local.iam' };
// The file is looked at once a second at most; without that, the old token would last an hour.
const noticeLimitMs = 30_000;

/** Logs in as the successor until that is accepted. */
async function untilSucceeded({ port }: ProxyProcess): Promise<void> {
  const deadline = Date.now() + noticeLimitMs;
  for (;;) {
    try {
      assert.equal(await queryWithPg({ port, user: successor.user }, 'select current_user'), successor.user);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

interface Rotation {
  readonly args: readonly string[];
  readonly rotate: () => void;
}

/** The new identity is used by logins and by the Admin API, the old one by nobody, and open sessions stay. */
async function assertRotates(setting: Setting, { args, rotate }: Rotation): Promise<void> {
  const { emulator, instance } = setting;
  await emulator.createIamUser(serviceAccount);
  await using proxy = await startProxyWith(setting, { args: ['-i', ...args] });
  const open = openPostgresJs({ port: proxy.port, user: iamUser });
  const [before] = await open`select pg_backend_pid() as pid`;
  assert.equal(latestCaller(emulator), serviceAccount);

  rotate();
  // As happens to the old key in the end: nothing may depend on it any more.
  emulator.revokeRole(serviceAccount, 'roles/alloydb.client');
  await untilSucceeded(proxy);
  await emulator.rotateCa(instance);
  await untilSucceeded(proxy);
  assert.equal(latestCaller(emulator), successor.principal, 'the next call of the Admin API has the new token too');
  const [after] = await open`select pg_backend_pid() as pid`;
  assert.deepEqual(after, before, 'the session that was open stays');
  await open.end();
}

async function keys(emulator: Emulator): Promise<readonly [string, string]> {
  const both = [serviceAccount, successor.principal].map((email) => emulator.serviceAccountKey(email));
  const [first, second] = await Promise.all(both);
  return [JSON.stringify(first), JSON.stringify(second)];
}

test('The next token comes from the new file, and open sessions stay (W21)', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  await emulator.createIamUser(successor.principal);
  const [first, second] = await keys(emulator);

  await t.test('when a key file is replaced by rename', async () => {
    const path = writeSecret(join(folder, 'live.json'), first);
    const rotate = (): void => renameSync(writeSecret(join(folder, 'next.json'), second), path);
    await assertRotates(setting, { args: ['--credentials-file', path], rotate });
  });

  await t.test('when Kubernetes swaps the link to the folder of a secret', async () => {
    const mount = join(folder, 'secret');
    for (const [version, key] of [
      ['..2031_01', first],
      ['..2031_02', second],
    ] as const) {
      mkdirSync(join(mount, version), { recursive: true });
      writeSecret(join(mount, version, 'key.json'), key);
    }
    symlinkSync('..2031_01', join(mount, '..data'));
    symlinkSync(join('..data', 'key.json'), join(mount, 'key.json'));
    const rotate = (): void => {
      symlinkSync('..2031_02', join(mount, '..data_tmp'));
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
      rmSync(join(mount, '..2031_01'), { recursive: true });
    };
    await assertRotates(setting, { args: ['--credentials-file', join(mount, 'key.json')], rotate });
  });

  await t.test('when a token file is written anew', async () => {
    const path = writeSecret(join(folder, 'token'), emulator.mintToken(serviceAccount));
    const rotate = (): void => writeFileSync(path, `${emulator.mintToken(successor.principal)}\n`);
    await assertRotates(setting, { args: ['--token-file', path], rotate });
  });

  await t.test('when a key file that is impersonated with is replaced by rename', async () => {
    const path = writeSecret(join(folder, 'actor.json'), first);
    emulator.allowImpersonation(serviceAccount, successor.principal);
    const env = impersonationEnvironment(emulator);
    const args = ['-i', '--credentials-file', path, '--impersonate-service-account', successor.principal];
    await using proxy = await startProxyWith(setting, { args, env });
    await untilSucceeded(proxy);
    const { impersonation } = emulator.statistics().tokenRequestsByGrant;
    emulator.allowImpersonation(successor.principal, successor.principal);
    renameSync(writeSecret(join(folder, 'next-actor.json'), second), path);
    await sleep(1_100);
    await untilSucceeded(proxy);
    assert.equal(emulator.statistics().tokenRequestsByGrant.impersonation, impersonation + 1);
  });
});

test('A new key file that is malformed leaves the old key in use and is warned of once (W21)', async () => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  await emulator.createIamUser(successor.principal);
  const [first, second] = await keys(emulator);
  const path = writeSecret(join(folder, 'live.json'), first);
  await using proxy = await startProxyWith(setting, { args: ['-i', '--credentials-file', path] });
  writeFileSync(path, second.slice(0, 200));
  const warning = /the credentials read before stay in use/g;
  const login = async (): Promise<void> =>
    assert.equal(await queryWithPg({ port: proxy.port, user: iamUser }, 'select current_user'), iamUser);
  await until(async () => {
    await login();
    return proxy.stderr.search(warning) >= 0;
  });
  // It is looked at once a second, and not told of again.
  for (let round = 0; round < 3; round += 1) {
    await sleep(1_100);
    await login();
  }
  assert.equal(proxy.stderr.match(warning)?.length, 1, proxy.output);
  assert.match(proxy.stderr, /Cannot use the credential file ".*live\.json": it is no JSON object/);
  assert.ok(!proxy.output.includes(second.slice(0, 200)), 'nothing of the file stands in the log');
  writeFileSync(path, second);
  await untilSucceeded(proxy);
});
