// The secret's file: where it is, who can read it, and when it is gone.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keepSecret, newSecret, readSecret } from './admin-secret.ts';

const posixOnly = process.platform === 'win32' ? 'Windows has no such permissions' : false;

const root = mkdtempSync(join(tmpdir(), 'admin-secret-'));
after(() => rmSync(root, { recursive: true }));

function setUp() {
  const runtime = mkdtempSync(join(root, 'of-'));
  const folder = join(runtime, 'alloydb-auth-proxy');
  return { folder, path: join(folder, 'admin-9091.secret'), place: { port: 9091, env: { XDG_RUNTIME_DIR: runtime } } };
}

test('keepSecret writes a file that only its user can read, and removes it at the end', {
  skip: posixOnly,
}, async () => {
  const { folder, path, place } = setUp();
  const secret = newSecret();
  const kept = await keepSecret(secret, place);
  assert.equal(await readSecret(place), secret);
  assert.deepEqual([statSync(folder).mode & 0o777, statSync(path).mode & 0o777], [0o700, 0o600]);
  await kept[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(folder), []);
});

test('keepSecret replaces what a killed proxy has left, and leaves what a later one has written', async () => {
  const { folder, path, place } = setUp();
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(path, 'old', { mode: 0o644 });
  const kept = await keepSecret('mine', place);
  assert.equal(readFileSync(path, 'utf8'), 'mine\n');
  writeFileSync(path, 'of the next one');
  await kept[Symbol.asyncDispose]();
  assert.equal(await readSecret(place), 'of the next one');
});

test('keepSecret does not use a folder that others can enter', { skip: posixOnly }, async () => {
  const { folder, place } = setUp();
  mkdirSync(folder, { mode: 0o755 });
  await using _ = await keepSecret('mine', { ...place, port: 65_535 });
  assert.deepEqual(readdirSync(folder), []);
});

test('newSecret is long, and never the same', () => {
  assert.notEqual(newSecret(), newSecret());
  assert.ok(newSecret().length >= 43);
});
