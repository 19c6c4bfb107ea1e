// Services of Windows: the commands for the executable, the file of WinSW for everything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeForTest } from '../../test/service.ts';
import { parseXml } from '../../test/xml.ts';
import { windows } from './windows.ts';
import { windowsCommandLine } from './windows-words.ts';

const URI = 'projects/p/locations/r/clusters/c/instances/a';
const EXE = String.raw`C:\Program Files\AlloyDB\alloydb-auth-proxy.exe`;
const CONFIG = String.raw`C:\ProgramData\alloydb-auth-proxy\test-proxy.toml`;

test('the executable becomes a service with the official settings', async () => {
  const plan = windows.install(await describeForTest({ argv: ['-c', '/key.json', URI], program: [EXE] }));
  const commands = plan.commands(new Set()).map(({ argv }) => argv);
  const create = commands.find(([program, verb]) => program === 'sc.exe' && verb === 'create') ?? assert.fail('none');
  assert.deepEqual(create.slice(2), [
    'test-proxy',
    'binPath=',
    `"${EXE}" --config-file ${CONFIG}`,
    'start=',
    'auto',
    'obj=',
    String.raw`NT AUTHORITY\Network Service`,
    'DisplayName=',
    'Google AlloyDB Auth Proxy (test-proxy)',
  ]);
  const failure = commands.find(([, verb]) => verb === 'failure');
  assert.deepEqual(failure?.slice(3), ['reset=', '0', 'actions=', 'restart/0/restart/0/restart/0']);
});

test('the account of the service may read config and key, only administrators besides the config, and write its log', async () => {
  const plan = windows.install(await describeForTest({ argv: ['-c', '/key.json', URI], program: [EXE] }));
  const grants = plan.commands(new Set()).filter(({ argv }) => argv[0] === 'icacls.exe');
  assert.deepEqual(
    grants.map(({ argv }) => argv[1]),
    [CONFIG, '/key.json', String.raw`C:\Program Files\AlloyDB\logs`],
  );
  assert(grants[0]?.argv.includes('/inheritance:r'));
  assert.equal(grants[2]?.argv.at(-1), '*S-1-5-20:(OI)(CI)M');
});

test('what runs on Node is wrapped by WinSW', async () => {
  const node = String.raw`C:\Program Files\nodejs\node.exe`;
  const script = String.raw`C:\a & b\main.js`;
  const plan = windows.install(
    await describeForTest({ argv: ['--max-sigterm-delay=30s', URI], program: [node, script] }),
  );
  const file = plan.files.find(({ path }) => path.endsWith('.xml'));
  const service = parseXml(file?.text ?? assert.fail('no file'));
  const byName = new Map(service.children.map((child) => [child.name, child]));
  assert.equal(byName.get('id')?.text, 'test-proxy');
  assert.equal(byName.get('executable')?.text, node);
  assert.equal(byName.get('arguments')?.text, `"${script}" --config-file ${CONFIG}`);
  assert.equal(byName.get('stoptimeout')?.text, '45 sec');
  assert.equal(byName.get('onfailure')?.attributes['action'], 'restart');
});

test('windowsCommandLine quotes what would fall apart, by the rules of CommandLineToArgvW', () => {
  assert.equal(windowsCommandLine(['a', 'b c', '', 'd"e', 'f g\\']), String.raw`a "b c" "" "d\"e" "f g\\"`);
});
