// What is only printed: version, help and configuration, with exit code 0 and nothing on standard error.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProxy } from './support/proxy-process.ts';

const instance = 'projects/p/locations/r/clusters/c/instances/i';
const cases: readonly (readonly [words: string, text: RegExp])[] = [
  ['--version', /^alloydb-auth-proxy version \d+\.\d+\.\d+\n$/],
  ['version', /^alloydb-auth-proxy version \d+\.\d+\.\d+\n$/],
  ['--help', /\n +-p, --port /],
  ['help service', /ACTION is one of install, uninstall,/],
  ['completion bash', /complete /],
];

for (const [words, text] of cases) {
  test(`"${words}" is printed, and that is all`, async () => {
    const { exit, stdout, stderr } = await runProxy(words.split(' '));
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.match(stdout.replaceAll('\r\n', '\n'), text);
    assert.equal(stderr, '');
  });
}

test('config tells which settings come from where, and a file with a mistake its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'printed-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'proxy.toml');
  writeFileSync(file, `port = 6000\n[[instances]]\nuri = "${instance}"\n`);
  const shown = await runProxy(['config', '--config-file', file]);
  assert.equal(shown.exit.code, 0, shown.stderr);
  assert.match(shown.stdout, /port.*6000/);
  writeFileSync(file, `port = 6000\nprot = 1\n`);
  const refused = await runProxy(['--config-file', file]);
  assert.equal(refused.exit.code, 1);
  assert.match(refused.stderr, /proxy\.toml:2: unknown key "prot"\n.*hint: did you mean port\?/);
});
