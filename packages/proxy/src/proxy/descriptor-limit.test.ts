// The arithmetic of file descriptors, and the kernel's own figures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptorWarning, openFileLimit, sessionsThatFit } from './descriptor-limit.ts';

const linux = { skip: process.platform === 'linux' ? false : 'limits are read from /proc' };

function limitsFile(soft: string): string {
  return `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}   4096  files\n`;
}

test('openFileLimit reads the soft limit, and knows that none can be set', () => {
  assert.equal(openFileLimit(limitsFile('1024')), 1024);
  assert.equal(openFileLimit(limitsFile('unlimited')), undefined);
  assert.equal(openFileLimit(''), undefined);
});

test('openFileLimit and sessionsThatFit know this very process', linux, () => {
  assert.ok((openFileLimit() ?? 0) > 0);
  assert.ok((sessionsThatFit() ?? 0) > 0);
});

test('sessionsThatFit keeps a reserve, and room for one whatever the limit', () => {
  assert.equal(sessionsThatFit(1024, 24), 468);
  assert.equal(sessionsThatFit(64, 24), 12);
  assert.equal(sessionsThatFit(20, 24), 1);
});

test('descriptorWarning speaks up when the sessions asked for do not fit', () => {
  assert.equal(descriptorWarning(100, 1024), undefined);
  assert.match(descriptorWarning(500, 1024)?.text ?? '', /is 1024; --max-connections 500 should have 1064/);
  assert.match(descriptorWarning(500, 1024)?.hint ?? '', /ulimit -n/);
});

test('descriptorWarning wants the usual limit where connections have none', () => {
  assert.equal(descriptorWarning(0, 1024), undefined);
  assert.match(descriptorWarning(0, 256)?.text ?? '', /is 256; connections without a limit should have 1024/);
});
