// Tests that a copy of the embedded PostgreSQL mends what an installation by npm may lack.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stageBinaries } from './stage-binaries.ts';

test('stageBinaries makes programs executable, files readable and links that npm could not hold', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'stage-'));
  t.after(async () => rm(folder, { recursive: true }));
  const native = join(folder, 'native');
  await Promise.all(
    ['bin', 'lib/pkgconfig', 'share/tz'].map(async (name) => mkdir(join(native, name), { recursive: true })),
  );
  const files = ['bin/postgres', 'lib/libx.so.1.2', 'lib/libx.a', 'lib/pkgconfig/x.pc', 'share/tz/UTC'];
  for (const name of files) await writeFile(join(native, name), name, { mode: 0o600 });
  await writeFile(
    join(native, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]),
  );

  const copy = join(folder, 'copy');
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await stageBinaries(native, copy);

  const modeOf = async (name: string): Promise<number> => (await stat(join(copy, name))).mode & 0o777;
  assert.equal(await modeOf('bin/postgres'), 0o755);
  for (const name of ['.', 'share/tz']) assert.equal(await modeOf(name), 0o755);
  assert.equal(await modeOf('share/tz/UTC'), 0o644);
  assert.equal(await readlink(join(copy, 'lib/libx.so.1')), 'libx.so.1.2');
  assert.equal(await readFile(join(copy, 'lib/libx.so.1'), 'utf8'), 'lib/libx.so.1.2');
  for (const name of ['lib/libx.a', 'lib/pkgconfig']) await assert.rejects(stat(join(copy, name)), { code: 'ENOENT' });
  // The original keeps its modes.
  assert.equal((await stat(join(native, 'bin/postgres'))).mode & 0o777, 0o600);
});
