// Changes of a file as editors, deployments and Kubernetes make them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileWatch } from './watch-file.ts';

interface Rig extends Disposable {
  readonly folder: string;
  /** Resolves at the next change that is told. */
  next(): Promise<void>;
  readonly changes: () => number;
  start(path: string, pollMs?: number): void;
}

function rig(): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  let watch: FileWatch | undefined;
  let changes = 0;
  let told = Promise.withResolvers<void>();
  const onChange = (): void => {
    changes += 1;
    told.resolve();
    told = Promise.withResolvers();
  };
  return {
    folder,
    next: () => told.promise,
    changes: () => changes,
    start(path, pollMs) {
      watch = new FileWatch(path, { onChange, settleMs: 20, ...(pollMs === undefined ? {} : { pollMs }) });
    },
    [Symbol.dispose]() {
      watch?.close();
      rmSync(folder, { recursive: true });
    },
  };
}

test('FileWatch tells of a file that is written in place, once for each content', async () => {
  using it = rig();
  const path = join(it.folder, 'proxy.toml');
  writeFileSync(path, 'one');
  it.start(path);
  const first = it.next();
  writeFileSync(path, 'two');
  await first;
  utimesSync(path, new Date(), new Date());
  const second = it.next();
  writeFileSync(path, 'two');
  writeFileSync(path, 'three');
  await second;
  assert.equal(it.changes(), 2);
});

test('FileWatch tells of a file that another one is renamed to', async () => {
  using it = rig();
  const path = join(it.folder, 'proxy.toml');
  writeFileSync(path, 'one');
  it.start(path);
  const told = it.next();
  writeFileSync(`${path}.new`, 'two');
  renameSync(`${path}.new`, path);
  await told;
});

test('FileWatch follows the folders that Kubernetes swaps behind a symbolic link', async () => {
  using it = rig();
  for (const [version, text] of [
    ['v1', 'one'],
    ['v2', 'two'],
  ] as const) {
    mkdirSync(join(it.folder, version));
    writeFileSync(join(it.folder, version, 'proxy.toml'), text);
  }
  symlinkSync('v1', join(it.folder, '..data'));
  symlinkSync('..data/proxy.toml', join(it.folder, 'proxy.toml'));
  it.start(join(it.folder, 'proxy.toml'));
  const told = it.next();
  symlinkSync('v2', join(it.folder, '..data_tmp'));
  renameSync(join(it.folder, '..data_tmp'), join(it.folder, '..data'));
  await told;
});

test('FileWatch sees by looking what no event tells of', async () => {
  using it = rig();
  const path = join(it.folder, 'later', 'proxy.toml');
  it.start(path, 20);
  const told = it.next();
  mkdirSync(join(it.folder, 'later'));
  writeFileSync(path, 'now it is there');
  await told;
});

test('FileWatch sees the change in a folder in which something happens all the time', async () => {
  using it = rig();
  const path = join(it.folder, 'proxy.toml');
  writeFileSync(path, 'one');
  it.start(path);
  const noise = setInterval(() => writeFileSync(join(it.folder, 'other.log'), String(performance.now())), 5);
  try {
    const told = it.next();
    writeFileSync(path, 'two');
    await told;
  } finally {
    clearInterval(noise);
  }
});
