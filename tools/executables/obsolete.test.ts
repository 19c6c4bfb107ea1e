import assert from 'node:assert/strict';
import { test } from 'node:test';
import { obsolete } from './obsolete.ts';
import { chooseTargets, TARGETS } from './targets.ts';

const lists = ['SHA256SUMS', 'SHA256SUMS.sig', 'alloydb-auth-proxy.cdx.json'];
const linux = 'alloydb-auth-proxy-linux-x64';
const windows = 'alloydb-auth-proxy-windows-x64.exe';

test('A build of one target leaves the executables of others, but not the lists of what there was', () => {
  const names = [linux, windows, ...lists, 'alloydb-auth-proxy-linux-x64.old', 'notes.txt'];
  assert.deepEqual(obsolete(names, chooseTargets(['--target', 'windows-x64'])), names.slice(1));
});

test('A build of everything leaves nothing from before', () => {
  assert.deepEqual(obsolete([linux, windows, ...lists], TARGETS), [linux, windows, ...lists]);
});
