// Which manager, and whose service.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chooseManager, findInstalled, type Surroundings } from './choose-manager.ts';
import type { ServiceWords } from './service-words.ts';

const WORDS: ServiceWords = {
  action: 'install',
  manager: undefined,
  name: 'p',
  user: undefined,
  partOf: undefined,
  socketActivation: false,
  program: undefined,
  root: undefined,
  isDryRun: false,
  proxyArgv: [],
};
const ROOT: Surroundings = { platform: 'linux', env: {}, userId: 0 };
const ME: Surroundings = { platform: 'linux', env: { HOME: '/home/me' }, userId: 1000 };

function image(t: TestContext, ...files: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'image-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

const SIGNS = [
  ['systemd', 'usr/lib/systemd/systemd'],
  ['upstart', 'etc/init/rc-sysinit.conf'],
  ['supervisor', 'etc/supervisor/conf.d/other.conf'],
] as const;

for (const [manager, file] of SIGNS) {
  test(`chooseManager finds ${manager} in a system image`, (t) => {
    const root = image(t, file);
    assert.equal(chooseManager({ ...WORDS, root }, ME).managerName, manager);
  });
}

test('chooseManager says that it does not know when there is none', (t) => {
  assert.throws(() => chooseManager({ ...WORDS, root: image(t) }, ROOT), /cannot tell which service manager/);
});

test('chooseManager gives a user a unit of their own, where the manager has some', () => {
  const { id } = chooseManager({ ...WORDS, manager: 'systemd' }, ME);
  assert.deepEqual(id.scope, { of: 'user', userId: 1000, home: '/home/me', configHome: '/home/me/.config' });
  assert.deepEqual(chooseManager({ ...WORDS, manager: 'systemd' }, ROOT).id.scope, { of: 'system' });
});

test('chooseManager tells a user to become root where it has none', () => {
  const hint = /^run: sudo alloydb-auth-proxy service install/;
  assert.throws(
    () => chooseManager({ ...WORDS, manager: 'supervisor' }, ME),
    (error: Error & { hint?: string }) =>
      /only root can use supervisor/.test(error.message) && hint.test(error.hint ?? ''),
  );
  assert.throws(() => chooseManager({ ...WORDS, manager: 'systemd', user: 'app' }, ME), /runs as another user/);
});

test('chooseManager refuses what the manager cannot do', () => {
  assert.throws(() => chooseManager({ ...WORDS, manager: 'supervisor', partOf: 'a.service' }, ROOT), /cannot tie/);
  assert.throws(() => chooseManager({ ...WORDS, manager: 'upstart', socketActivation: true }, ROOT), /cannot listen/);
});

test('findInstalled knows a manager by the files of the service', (t) => {
  const root = image(t, 'etc/init/p.conf', 'etc/supervisor/conf.d/q.conf');
  assert.equal(findInstalled({ ...WORDS, root }, ROOT).managerName, 'upstart');
  assert.equal(findInstalled({ ...WORDS, root, name: 'q' }, ROOT).managerName, 'supervisor');
  assert.throws(() => findInstalled({ ...WORDS, root, name: 'r' }, ROOT), /there is no service r/);
});
