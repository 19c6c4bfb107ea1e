// executableName, and what tells musl from glibc.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { executableName, isLinkedForMusl } from './executable-name.ts';

test('executableName is what a release calls it', () => {
  const machine = { platform: 'linux', arch: 'x64', hasMusl: false } as const;
  assert.equal(executableName(machine), 'alloydb-auth-proxy-linux-x64');
  assert.equal(executableName({ ...machine, arch: 'arm64', hasMusl: true }), 'alloydb-auth-proxy-linux-arm64-musl');
  assert.equal(executableName({ ...machine, platform: 'darwin', arch: 'arm64' }), 'alloydb-auth-proxy-macos-arm64');
  assert.equal(executableName({ ...machine, platform: 'win32' }), 'alloydb-auth-proxy-windows-x64.exe');
});

test('isLinkedForMusl reads the name of the loader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'musl-'));
  try {
    const program = join(folder, 'program');
    for (const [loader, expected] of [
      ['/lib/ld-musl-x86_64.so.1', true],
      ['/lib64/ld-linux-x86-64.so.2', false],
    ] as const) {
      writeFileSync(program, Buffer.concat([Buffer.alloc(700), Buffer.from(loader), Buffer.alloc(9_000)]));
      assert.equal(isLinkedForMusl(program), expected);
    }
    assert.equal(isLinkedForMusl(join(folder, 'nothing')), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
