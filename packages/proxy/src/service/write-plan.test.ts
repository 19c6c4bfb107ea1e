// Plans carried out in a folder: what is written, what is shown, what is left alone.

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { attempt, type InstallPlan, must } from './plan.ts';
import { install, type Target, uninstall } from './write-plan.ts';

function inFolder(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'write-plan-'));
  t.after(() => rmSync(root, { recursive: true }));
  const said: string[] = [];
  const ran: string[] = [];
  const target: Target = {
    root,
    isDryRun: false,
    say: (line) => said.push(line),
    run: async ([program = '', ...args]) => {
      ran.push([program, ...args].join(' '));
      return program === 'false' ? 1 : 0;
    },
  };
  return { root, said, ran, target };
}

const plan: InstallPlan = {
  files: [
    { path: '/etc/proxy/p.toml', mode: 0o600, text: 'port = 5432\n' },
    { path: '/units/p.service', mode: 0o644, text: 'a\nb\nc\n' },
  ],
  links: [{ path: '/units/x.wants/p.service', target: '/units/p.service' }],
  retire: () => [],
  commands: (changed) => [must('true', ...changed)],
  notices: [],
};
const place = { folder: '/units', isOurs: (name: string) => name.startsWith('p.') };

const posix = { skip: process.platform === 'win32' ? 'Windows has no such modes' : false };

test('install writes every file with its mode, and links where no manager runs', posix, async (t) => {
  const { root, ran, target } = inFolder(t);
  assert.equal(await install(plan, place, target), true);
  assert.equal(statSync(join(root, 'etc/proxy/p.toml')).mode & 0o777, 0o600);
  assert.equal(statSync(join(root, 'units/p.service')).mode & 0o777, 0o644);
  assert.equal(existsSync(join(root, 'units/x.wants')), true);
  assert.deepEqual(ran, [], 'nothing is run in a system image');
  assert.deepEqual(readdirSync(join(root, 'units')).toSorted(), ['p.service', 'x.wants'], 'no draft is left');
});

test('install does nothing the second time', posix, async (t) => {
  const { said, target } = inFolder(t);
  await install(plan, place, target);
  said.length = 0;
  assert.equal(await install(plan, place, target), false);
  assert.deepEqual(said, ['unchanged /etc/proxy/p.toml', 'unchanged /units/p.service']);
});

test('install shows what is different', posix, async (t) => {
  const { root, said, target } = inFolder(t);
  await install(plan, place, target);
  writeFileSync(join(root, 'units/p.service'), 'a\nx\nc\nd\n');
  said.length = 0;
  assert.equal(await install(plan, place, target), true);
  assert.deepEqual(said.slice(1), ['change /units/p.service (mode 0644)', '  - x', '  + b', '  - d']);
  assert.equal(readFileSync(join(root, 'units/p.service'), 'utf8'), 'a\nb\nc\n');
});

test('install closes a config file that somebody has opened to all', posix, async (t) => {
  const { root, target } = inFolder(t);
  await install(plan, place, target);
  chmodSync(join(root, 'etc/proxy/p.toml'), 0o644);
  assert.equal(await install(plan, place, target), true);
  assert.equal(statSync(join(root, 'etc/proxy/p.toml')).mode & 0o777, 0o600);
});

test('install takes away units that an earlier installation had more of', async (t) => {
  const { root, said, target } = inFolder(t);
  await install(plan, place, target);
  writeFileSync(join(root, 'units/p.2.socket'), '');
  writeFileSync(join(root, 'units/q.socket'), '');
  await install(plan, place, target);
  assert.equal(existsSync(join(root, 'units/p.2.socket')), false);
  assert.equal(existsSync(join(root, 'units/q.socket')), true);
  assert(said.includes('remove /units/p.2.socket'));
});

test('install with isDryRun says everything and changes nothing', async (t) => {
  const { root, said, ran, target } = inFolder(t);
  const dry = { ...target, isDryRun: true };
  assert.equal(await install(plan, place, dry), true);
  assert.deepEqual(readdirSync(root), []);
  assert(said.includes('would write /units/p.service (mode 0644)'));
  assert(said.includes('would link /units/x.wants/p.service to /units/p.service'));
  assert.deepEqual(ran, []);
});

test('install runs the commands with the paths that have changed, and ends at the first that fails', async (t) => {
  const { root, ran, target } = inFolder(t);
  const paths = { toml: join(root, 'p.toml'), unit: join(root, 'p.service') };
  const running = { ...target, root: undefined };
  const here: InstallPlan = {
    ...plan,
    files: [
      { path: paths.toml, mode: 0o600, text: 'x\n' },
      { path: paths.unit, mode: 0o644, text: 'y\n' },
    ],
    links: [],
    commands: (changed) => [attempt('false', '1'), must('true', ...changed), must('false', '2'), must('true')],
  };
  await assert.rejects(
    install(here, { ...place, folder: root }, running),
    /^UsageError: false 2 failed with exit code 1$/,
  );
  assert.deepEqual(ran, ['false 1', `true ${paths.toml} ${paths.unit}`, 'false 2']);
});

test('install refuses to write over what is no file', async (t) => {
  const { root, target } = inFolder(t);
  await install(plan, place, target);
  rmSync(join(root, 'units/p.service'));
  await install({ ...plan, files: [], links: [{ path: '/units/p.service', target: '/elsewhere' }] }, place, target);
  await assert.rejects(install(plan, place, target), /there is something else than a file/);
});

test('uninstall leaves nothing of ours, and everything else', async (t) => {
  const { root, target } = inFolder(t);
  await install(plan, place, target);
  writeFileSync(join(root, 'etc/proxy/key.json'), '{}');
  await uninstall({ before: [], files: ['/etc/proxy/p.toml'], after: [] }, place, target);
  assert.deepEqual(readdirSync(join(root, 'units')), ['x.wants']);
  assert.deepEqual(readdirSync(join(root, 'units/x.wants')), []);
  assert.deepEqual(readdirSync(join(root, 'etc/proxy')), ['key.json'], 'credentials stay');
});
