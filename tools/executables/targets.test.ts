import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chooseTargets, executableName, TARGETS } from './targets.ts';

test('chooseTargets takes all without a word, and those named after --target', () => {
  assert.equal(chooseTargets([]), TARGETS);
  for (const words of [
    ['--target', 'macos-x64,windows-x64'],
    ['--target=macos-x64', 'windows-x64'],
  ]) {
    assert.deepEqual(chooseTargets(words).map(executableName), [
      'alloydb-auth-proxy-macos-x64',
      'alloydb-auth-proxy-windows-x64.exe',
    ]);
  }
});

test('chooseTargets names the targets there are when it is asked for another', () => {
  assert.throws(() => chooseTargets(['--target', 'linux-x86']), /unknown target "linux-x86"; there are linux-x64, /);
  assert.throws(() => chooseTargets(['linux-x64']), /usage: /);
  assert.throws(() => chooseTargets(['--target']), /usage: /);
});

test('The lock file pins the runtime of every target with its integrity', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const bun = packages['node_modules/bun']?.version;
  for (const { runtimePackage } of TARGETS) {
    const locked = packages[`node_modules/${runtimePackage}`];
    assert.equal(locked?.version, bun, runtimePackage);
    assert.match(locked?.integrity ?? '', /^sha512-/, runtimePackage);
  }
});
