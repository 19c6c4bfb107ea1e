// What --fuse mounts, and what cannot stand beside it.

import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configOf } from '../../test/proxy-config.ts';
import { FUSE_TMP_DIR } from '../cli/flags/listening.ts';

const linux = { skip: process.platform === 'linux' ? false : '--fuse is refused elsewhere' };

function folder(): Disposable & { readonly path: string } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'alloydb-fuse-')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('--fuse has the settings of the program for whatever instance is asked for', linux, () => {
  using own = folder();
  const { fuse } = configOf('--fuse', own.path, '-i', '--psc', '--unix-socket-mode=0660', '--warm-connections=2');
  assert.deepEqual(fuse, {
    folder: own.path,
    tmpFolder: FUSE_TMP_DIR,
    isChosenTmpFolder: false,
    permissions: { mode: 0o660, groupId: undefined },
    idleMs: 300_000,
    instance: { autoIamAuthn: true, ipType: 'PSC', dialAddress: undefined, maxConnections: 0, warmConnections: 0 },
  });
  assert.equal(configOf('--fuse', own.path, '--fuse-tmp-dir', '/x/y').fuse?.tmpFolder, '/x/y');
  assert.equal(configOf().fuse, undefined);
});

test('--fuse is mounted where a symbolic link leads', linux, () => {
  using own = folder();
  symlinkSync(own.path, join(own.path, 'link'));
  assert.equal(configOf('--fuse', join(own.path, 'link')).fuse?.folder, own.path);
  assert.equal(configOf('--fuse', join(own.path, 'link', 'mnt')).fuse?.folder, join(own.path, 'mnt'));
});

test('--fuse refuses every file of the program in the folder that it covers', linux, () => {
  using own = folder();
  symlinkSync(own.path, join(own.path, 'link'));
  const mount = join(own.path, 'mnt');
  for (const argv of [
    ['--fuse-tmp-dir', join(mount, 'tmp')],
    ['--fuse-tmp-dir', mount],
    ['--fuse-tmp-dir', join(own.path, 'link', 'mnt', 'tmp')],
    ['--credentials-file', join(mount, 'key.json')],
    ['--log-file', join(mount, 'log')],
    [`projects/p/locations/r/clusters/c/instances/other?unix-socket=${mount}`],
  ]) {
    assert.throws(() => configOf('--fuse', mount, ...argv), {
      name: 'UsageError',
      message: /lies in the folder of --fuse, .*mnt/,
      hint: /used for nothing else/,
    });
  }
  configOf('--fuse', mount, '--fuse-tmp-dir', `${mount}-tmp`);
  assert.throws(() => configOf('--fuse', tmpdir()), { message: /the folder of the sockets, .*alloydb-tmp, lies in/ });
});

test('--fuse refuses --workers, and says why', linux, () => {
  using own = folder();
  assert.throws(() => configOf('--fuse', own.path, '--workers=2'), {
    message: /listeners are opened while clients wait/,
  });
});
