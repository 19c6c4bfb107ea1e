// Programs that a service's user cannot get at.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { refuseUnreachable } from './reachable-program.ts';

const skip = process.platform === 'win32' ? 'Windows has no such modes' : false;

test('refuseUnreachable lets a program pass that everybody may run', { skip }, () => {
  refuseUnreachable(['/bin/sh', '--flag'], { asRoot: false });
});

function isTemporary(): boolean {
  return false;
}

test('refuseUnreachable names the folder that keeps the user out, unless it is root', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unreachable-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  writeFileSync(join(inner, 'proxy'), '', { mode: 0o755 });
  chmodSync(folder, 0o700);
  assert.throws(
    () => refuseUnreachable([join(inner, 'proxy')], { asRoot: false, isTemporary }),
    /cannot read .*unreachable-\w+, where/,
  );
  refuseUnreachable([join(inner, 'proxy')], { asRoot: true, isTemporary });
});

test('refuseUnreachable tells of a program that is not there, and of one that will not last', { skip }, () => {
  assert.throws(() => refuseUnreachable(['/nowhere/proxy'], { asRoot: true }), /there is no \/nowhere\/proxy/);
  assert.throws(() => refuseUnreachable(['/tmp/proxy'], { asRoot: true }), /temporary files do not last/);
});
