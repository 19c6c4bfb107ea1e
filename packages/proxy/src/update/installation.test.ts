// findInstallation, and the command that updates each kind.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findInstallation, updateCommandFor } from './installation.ts';

const folder = mkdtempSync(join(tmpdir(), 'installation-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'app'));
writeFileSync(join(folder, 'app', 'package.json'), '{}');
mkdirSync(join(folder, 'lib'));

const node = {
  env: {},
  execPath: '/usr/bin/node',
  script: '/usr/local/bin/alloydb-auth-proxy',
  modulePath: '/src/a.ts',
};
const inside = (root: string): string => join(folder, root, 'node_modules', 'alloydb-auth-proxy', 'dist', 'main.js');

for (const [name, program, update] of [
  ['a clone', node, 'git pull && npm ci'],
  ['npm in a project', { ...node, modulePath: inside('app') }, 'npm install alloydb-auth-proxy@latest'],
  ['npm for all', { ...node, modulePath: inside('lib') }, 'npm install --global alloydb-auth-proxy@latest'],
  ['npx', { ...node, modulePath: inside('_npx/12ab') }, 'npx alloydb-auth-proxy@latest'],
  [
    'an executable',
    { ...node, execPath: '/opt/proxy', script: '/$bunfs/root/proxy' },
    'alloydb-auth-proxy update apply',
  ],
  ['an executable on Windows', { ...node, script: 'B:\\~BUN\\root\\proxy.exe' }, 'alloydb-auth-proxy update apply'],
  [
    'a container',
    { ...node, script: '/$bunfs/root/p', env: { ALLOYDB_PROXY_METADATA: 'container.alpine' } },
    'docker pull HOST/NAME:TAG',
  ],
] as const) {
  test(`findInstallation knows ${name}`, () => {
    assert.equal(updateCommandFor(findInstallation(program)), update);
  });
}
