// The arithmetic of file descriptors, and the kernel's own figures.

import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { devNull } from 'node:os';
import { test } from 'node:test';
import { DescriptorRoom, descriptorWarning, mostArriving, openFileLimit, sessionsThatFit } from './descriptor-limit.ts';

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

test('DescriptorRoom counts once for as many sessions as there is room for', () => {
  let counts = 0;
  const counted: (number | undefined)[] = [76, 68, 67, undefined];
  const room = new DescriptorRoom(() => counted[counts++]);
  // Each may take four: there is room for three beyond 64, then for one.
  for (let n = 0; n < 3; n += 1) assert.ok(room.isFarFrom(64));
  assert.equal(counts, 1);
  assert.ok(room.isFarFrom(64));
  assert.equal(counts, 2);
  assert.ok(!room.isFarFrom(64));
  assert.ok(!room.isFarFrom(64));
  assert.equal(counts, 4);
});

test('DescriptorRoom counts anew after a second', (t) => {
  let left = 10_000;
  let ms = 0;
  t.mock.method(performance, 'now', () => ms);
  const room = new DescriptorRoom(() => left);
  assert.ok(room.isFarFrom(64));
  left = 10;
  ms = 900;
  assert.ok(room.isFarFrom(64));
  ms = 1_100;
  assert.ok(!room.isFarFrom(64));
});

test('DescriptorRoom knows this very process', linux, (t) => {
  const left = (openFileLimit() ?? 0) - readdirSync('/proc/self/fd').length;
  // Reading the folder takes one, and other parts of the process may open and close some.
  assert.ok(new DescriptorRoom().isFarFrom(left - 50));
  assert.ok(!new DescriptorRoom().isFarFrom(left + 50));
  const opened = Array.from({ length: 100 }, () => openSync(devNull, 'r'));
  t.after(() => {
    for (const descriptor of opened) closeSync(descriptor);
  });
  assert.ok(!new DescriptorRoom().isFarFrom(left - 50));
});

test('mostArriving is a quarter of a small limit', () => {
  assert.deepEqual([2, 1024, 65_536].map(mostArriving), [1, 256, 1024]);
});

test('sessionsThatFit keeps a reserve, and room for one whatever the limit', () => {
  assert.equal(sessionsThatFit({ limit: 1024, inUse: 24 }), 468);
  assert.equal(sessionsThatFit({ limit: 64, inUse: 24 }), 12);
  assert.equal(sessionsThatFit({ limit: 20, inUse: 24 }), 1);
  assert.equal(sessionsThatFit({ limit: 1024, inUse: 24, arriving: mostArriving(1024) }), 340);
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
