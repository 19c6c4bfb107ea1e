// What can become of the files of local TLS while they are used.

import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CertificateAuthority, writeCertificates } from '../../test/local-tls-rig.ts';
import { isReadableByAll, LocalTlsFiles } from './local-tls-files.ts';

test('LocalTlsFiles.refresh never throws, whatever the system says about the files', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'alloydb-local-tls-files-'));
  const used = join(folder.path, 'used');
  await mkdir(used);
  const paths = await writeCertificates(used, new CertificateAuthority());
  const files = new LocalTlsFiles(paths);
  assert.equal(files.refresh().kind, 'none');
  await rename(used, join(folder.path, 'kept'));
  assert.equal(files.refresh().kind, 'unusable', 'missing');
  assert.equal(files.refresh().kind, 'none', 'it is said once');
  // A chain of links without an end: as with EACCES, a look at it fails for another reason than that nothing is there.
  await symlink(used, used);
  assert.equal(files.refresh().kind, 'unusable', 'unreadable');
  assert.equal(isReadableByAll(paths.key), false);
  await rm(used);
  await rename(join(folder.path, 'kept'), used);
  assert.equal(files.refresh().kind, 'renewed');
  await writeFile(paths.cert, 'no certificate');
  assert.equal(files.refresh().kind, 'unusable');
});
