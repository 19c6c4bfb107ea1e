import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runtimeFor, verifyIntegrity } from './runtimes.ts';

const folder = mkdtempSync(join(tmpdir(), 'alloydb-runtimes-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

test('verifyIntegrity passes what was pinned and refuses anything else', () => {
  const file = join(folder, 'package.tgz');
  writeFileSync(file, 'abc');
  const pinned = 'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';
  verifyIntegrity(file, pinned);
  writeFileSync(file, 'abd');
  assert.throws(() => verifyIntegrity(file, pinned), /package\.tgz is not what the lock file pins: it has sha512-/);
});

test('runtimeFor refuses a runtime that the lock file does not pin', () => {
  const lockFile = join(folder, 'lock.json');
  writeFileSync(lockFile, '{"packages":{}}');
  const target = { name: 'linux-other', bunTarget: 'bun-linux-other', runtimePackage: '@oven/bun-linux-other' };
  assert.throws(
    () => runtimeFor(target, { cache: folder, lockFile }),
    /lock\.json does not pin @oven\/bun-linux-other/,
  );
});
