// The file system, asked as the kernel asks it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FuseError } from './fuse-error.ts';
import { InstanceTree } from './instance-tree.ts';
import { README } from './readme.ts';
import type { Operation } from './request.ts';

const ROOT = 1;

function setUp() {
  const opened: string[] = [];
  const tree = new InstanceTree({
    names: () => opened,
    open(name) {
      if (name === 'full') return Promise.reject(new FuseError('no room', { errno: 'EMFILE' }));
      if (name === 'broken') return Promise.reject(new Error('out of luck'));
      if (!name.startsWith('p.')) return undefined;
      opened.push(name);
      return Promise.resolve(`/tmp/${name}`);
    },
    uid: 1_000,
    gid: 100,
    now: 5_000,
  });
  const ask = (node: number, operation: Operation) => tree.answer({ unique: 1n, node, ...operation });
  const body = async (node: number, operation: Operation): Promise<Buffer> => {
    const answer = await ask(node, operation);
    assert(answer.kind === 'done', JSON.stringify(answer));
    return answer.body;
  };
  const lookUp = async (name: string): Promise<number> =>
    Number((await body(ROOT, { kind: 'lookup', name })).readBigUInt64LE(0));
  return { tree, ask, body, lookUp };
}

/** Names of the entries in what READDIR gave. */
function names(listing: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < listing.length; ) {
    const length = listing.readUInt32LE(at + 16);
    found.push(listing.toString('utf8', at + 24, at + 24 + length));
    at += Math.ceil((24 + length) / 8) * 8;
  }
  return found;
}

test('InstanceTree gives a name a link to its folder, and forgets it with the kernel', async () => {
  const { tree, ask, body, lookUp } = setUp();
  const node = await lookUp('p.r.c.i');
  assert.equal(await lookUp('p.r.c.i'), node);
  assert.notEqual(await lookUp('p.r.c.other'), node);
  assert.equal(String(await body(node, { kind: 'readlink' })), '/tmp/p.r.c.i');
  assert.equal(tree.links, 2);
  assert.deepEqual(await ask(0, { kind: 'forget', forgotten: [{ node, count: 1 }] }), { kind: 'none' });
  assert.equal(tree.links, 2);
  await ask(0, { kind: 'forget', forgotten: [{ node, count: 1 }] });
  assert.equal(tree.links, 1);
  assert.deepEqual(await ask(node, { kind: 'getattr' }), { kind: 'failed', errno: 'ENOENT' });
});

test('InstanceTree says why there is no such name', async () => {
  const { ask, lookUp } = setUp();
  const reasons = { nope: 'ENOENT', full: 'EMFILE', broken: 'EIO' };
  for (const [name, errno] of Object.entries(reasons)) {
    assert.deepEqual(await ask(ROOT, { kind: 'lookup', name }), { kind: 'failed', errno });
  }
  const node = await lookUp('p.r.c.i');
  assert.deepEqual(await ask(node, { kind: 'lookup', name: 'p.r.c.i' }), { kind: 'failed', errno: 'ENOTDIR' });
});

test('InstanceTree lists README and what is open, and a listing stays while it is read in parts', async () => {
  const { ask, body, lookUp } = setUp();
  await lookUp('p.r.c.i');
  const handle = Number((await body(ROOT, { kind: 'opendir' })).readBigUInt64LE(0));
  await lookUp('p.r.c.later');
  const listed: string[] = [];
  for (let part: readonly string[] = ['']; part.length > 0; listed.push(...part)) {
    part = names(await body(ROOT, { kind: 'readdir', handle, offset: listed.length, size: 40 }));
  }
  assert.deepEqual(listed, ['.', '..', 'README', 'p.r.c.i']);
  await ask(ROOT, { kind: 'releasedir', handle });
  assert.deepEqual(await ask(ROOT, { kind: 'readdir', handle, offset: 0, size: 40 }), {
    kind: 'failed',
    errno: 'EBADF',
  });
});

test('InstanceTree lets README be read, whole and in parts', async () => {
  const { ask, body, lookUp } = setUp();
  const node = await lookUp('README');
  await body(node, { kind: 'open' });
  const read = async (offset: number, size: number) =>
    String(await body(node, { kind: 'read', handle: 0, offset, size }));
  assert.equal(await read(0, 4_096), README);
  assert.equal(await read(5, 10), README.slice(5, 15));
  assert.equal(await read(100_000, 10), '');
  assert.deepEqual(await ask(ROOT, { kind: 'open' }), { kind: 'failed', errno: 'EINVAL' });
});

test('InstanceTree agrees with a kernel on the version, and refuses one that is too old', async () => {
  const { ask, body } = setUp();
  const init = { kind: 'init', major: 7, minor: 45, maxReadahead: 4_096, flags: -1 } as const;
  const answer = await body(0, init);
  assert.deepEqual([answer.readUInt32LE(0), answer.readUInt32LE(4), answer.readUInt32LE(12)], [7, 31, 1 << 18]);
  assert.equal((await body(0, { ...init, major: 8, minor: 0 })).readUInt32LE(0), 7);
  assert.deepEqual(await ask(0, { ...init, minor: 22 }), { kind: 'failed', errno: 'EPROTO' });
});

test('InstanceTree answers every other request with ENOSYS', async () => {
  const { ask, body } = setUp();
  assert.deepEqual(await ask(ROOT, { kind: 'unknown', opcode: 22 }), { kind: 'failed', errno: 'ENOSYS' });
  assert.equal((await body(ROOT, { kind: 'statfs' })).length, 80);
  assert.equal((await body(0, { kind: 'destroy' })).length, 0);
});
