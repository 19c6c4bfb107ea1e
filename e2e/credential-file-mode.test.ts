// A file with a secret that other users of the machine can read.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProxyWith, writeSecret } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { skipOnWindows } from './support/proxy-system.ts';
import { serviceAccount, setUp } from './support/setting.ts';

const skip = skipOnWindows('Windows has no such bits');

test('A file that others can read is warned of with its mode and the fix, and is used all the same', {
  skip,
}, async (t) => {
  await using setting = await setUp();
  const { emulator, keyFile, folder } = setting;
  const tokenFile = writeSecret(join(folder, 'token'), emulator.mintToken(serviceAccount));
  for (const { flag, path, kind, mode } of [
    { flag: '--credentials-file', path: keyFile, kind: 'credential file', mode: 0o644 },
    { flag: '--token-file', path: tokenFile, kind: 'token file', mode: 0o640 },
  ]) {
    await t.test(flag, async () => {
      chmodSync(path, mode);
      await using proxy = await startProxyWith(setting, { args: [flag, path] });
      const text = `The ${kind} "${path}" has mode 0${mode.toString(8)}: other users of this machine can read it`;
      await proxy.waitFor(text);
      await proxy.waitFor(`hint: chmod 600 ${path}\n`);
      assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
      assert.equal(proxy.stderr.match(/has mode/g)?.length, 1, 'once');
    });
    await t.test(`${flag}, and not of one that others cannot read`, async () => {
      chmodSync(path, 0o600);
      await using proxy = await startProxyWith(setting, { args: [flag, path] });
      assert.equal(proxy.stderr, '');
    });
  }
});
