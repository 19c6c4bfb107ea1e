// Watched files, on real files and a clock that the test moves.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { WatchedFile } from './watched-file.ts';

test('WatchedFile sees a change once, and looks at most once a second unless it is told to', () => {
  using folder = scratchFolder();
  const clock = new ManualClock();
  const path = folder.write('key.json', 'one');
  const file = new WatchedFile(path, clock);
  clock.jump(1_000);
  assert.equal(file.changed(), false);
  folder.write('key.json', 'longer');
  clock.jump(999);
  assert.equal(file.changed(), false);
  clock.jump(1);
  assert.equal(file.changed(), true);
  assert.equal(file.changed(), false);
  folder.write('key.json', 'longer still');
  assert.equal(file.changed({ now: true }), true);
});

test('WatchedFile looks again soon when the wall clock was set back', () => {
  using folder = scratchFolder();
  const clock = new ManualClock();
  const file = new WatchedFile(folder.write('key.json', 'one'), clock);
  folder.write('key.json', 'longer');
  clock.jump(-86_400_000);
  assert.equal(file.changed(), true);
});

test('WatchedFile sees a file of the same size that was renamed into place', () => {
  using folder = scratchFolder();
  const path = folder.write('key.json', 'one');
  const file = new WatchedFile(path, new ManualClock());
  renameSync(folder.write('next.json', 'two'), path);
  assert.equal(file.changed({ now: true }), true);
});

test('WatchedFile sees Kubernetes swap the folder that a link leads through', () => {
  using folder = scratchFolder();
  const at = (name: string): string => join(folder.path, name);
  for (const [version, content] of [
    ['..v1', 'one'],
    ['..v2', 'two'],
  ] as const) {
    mkdirSync(at(version));
    folder.write(join(version, 'key.json'), content);
  }
  symlinkSync('..v1', at('..data'));
  symlinkSync(join('..data', 'key.json'), at('key.json'));
  const file = new WatchedFile(at('key.json'), new ManualClock());
  symlinkSync('..v2', at('..data_tmp'));
  renameSync(at('..data_tmp'), at('..data'));
  assert.equal(file.changed({ now: true }), true);
  assert.equal(file.changed({ now: true }), false);
});

test('WatchedFile sees a file come and go', () => {
  using folder = scratchFolder();
  const file = new WatchedFile(join(folder.path, 'key.json'), new ManualClock());
  assert.equal(file.changed({ now: true }), false);
  const path = folder.write('key.json', 'one');
  assert.equal(file.changed({ now: true }), true);
  rmSync(path);
  assert.equal(file.changed({ now: true }), true);
});

test('WatchedFile leaves a pipe alone: it could be read once only', { skip: process.platform === 'win32' }, () => {
  using folder = scratchFolder();
  const path = join(folder.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const file = new WatchedFile(path, new ManualClock());
  rmSync(path);
  assert.equal(file.changed({ now: true }), false);
});
