// The manual page, by the programs that would show it, and by its structure where there are none.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { COMMANDS } from '../packages/proxy/src/cli/commands.ts';
import { isFlag, isInEnvironment } from '../packages/proxy/src/cli/flag-row.ts';
import { environmentName, FLAG_ROWS } from '../packages/proxy/src/cli/flags.ts';
import { manPage } from './generate-docs-man.ts';

const checkers: readonly (readonly [program: string, args: readonly string[]])[] = [
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ['groff', ['-man', '-ww', '-z', '-Tutf8']],
];

for (const [program, args] of checkers) {
  const missing = spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;
  test(`manPage is read by ${program} without a warning`, {
    skip: missing ? `${program} is not installed` : false,
  }, () => {
    const { error, stdout, stderr } = spawnSync(program, args, { input: manPage(), encoding: 'utf8' });
    assert.equal(error, undefined);
    // A date would change the page without a change of what it says.
    const complaints = (stdout + stderr).split('\n').filter((line) => !line.includes('missing date'));
    assert.deepEqual(complaints, ['']);
  });
}

test('manPage uses the macros of man(7) alone, has no bare backslash, and closes what it opens', () => {
  const lines = manPage().split('\n');
  const macros = lines.filter((line) => line.startsWith('.')).map((line) => line.split(' ', 1)[0] ?? '');
  const known = ['.\\"', '.TH', '.SH', '.SS', '.TP', '.PP', '.RS', '.RE', '.nf', '.fi', '.br', '.nh', '.ad'];
  for (const macro of macros) assert(known.includes(macro), macro);
  for (const [open, close] of [
    ['.RS', '.RE'],
    ['.nf', '.fi'],
  ]) {
    assert.equal(macros.filter((each) => each === open).length, macros.filter((each) => each === close).length);
  }
  for (const line of lines) assert.doesNotMatch(line.replaceAll(/\\(?:f[BIR]|\(aq|[-e&"])/g, ''), /\\|^'/, line);
});

test('manPage names every flag, variable and command', () => {
  const page = manPage().replaceAll('\\-', '-');
  for (const row of FLAG_ROWS) {
    assert(page.includes(isFlag(row) ? `--${row.name}\\fR` : `\\fB${row.name}\\fR=`), row.name);
    if (isInEnvironment(row)) assert(page.includes(environmentName(row.name)), row.name);
  }
  for (const { name } of COMMANDS) assert(page.includes(`\\fB${name}\\fR`), name);
});
