// Tests that a folder has one holder, and that a dead one holds nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockFolder } from './folder-lock.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-lock-'));
});
after(() => rmSync(folder, { recursive: true }));

function put(holder: unknown): void {
  writeFileSync(join(folder, 'lock'), JSON.stringify(holder));
}

test('lockFolder refuses a folder that is held, and says by which process', () => {
  const lock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), {
    code: 'STATE_FOLDER',
    message: new RegExp(`process ${process.pid} .* uses it`),
    hint: /stop that one first/,
  });
  lock.release();
  lockFolder(folder).release();
  assert.deepEqual(readdirSync(folder), []);
});

test('lockFolder takes over from a process that has died, and from one whose number another has now', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  put({ pid, startedAt: '1', since: 'then', nonce: 'a' });
  lockFolder(folder).release();
  if (process.platform !== 'linux') return;
  put({ pid: process.pid, startedAt: '1', since: 'then', nonce: 'a' });
  lockFolder(folder).release();
});

test('lockFolder takes over what cannot be read, and releases only what is its own', () => {
  writeFileSync(join(folder, 'lock'), '');
  const lock = lockFolder(folder);
  put({ pid: 1, startedAt: '', since: '', nonce: 'of somebody else' });
  lock.release();
  assert.match(readFileSync(join(folder, 'lock'), 'utf8'), /of somebody else/);
});
