// Commands among flags and their values.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCommand } from './find-command.ts';

const CASES: readonly (readonly [argv: readonly string[], found: string])[] = [
  [['config'], 'config'],
  [['config', '-p', '6000'], 'config -p 6000'],
  [['-p', '6000', 'config', 'X'], 'config -p 6000 X'],
  [['--format=json', 'config'], 'config --format=json'],
  [['--format', 'json', 'config'], 'config --format json'],
  [['-p=6000', '-il', 'version'], 'version -p=6000 -il'],
  [['--bogus', 'config'], 'config --bogus'],
  [['--user-agent', 'config'], 'none'],
  [['--user-agent', 'config', 'version'], 'version --user-agent config'],
  [['projects/p', 'config'], 'none'],
  [['--', 'config'], 'none'],
  [['confi'], 'none'],
  [[], 'none'],
];

for (const [argv, expected] of CASES) {
  test(`findCommand finds in "${argv.join(' ')}": ${expected}`, () => {
    const found = findCommand(argv);
    assert.equal(found === undefined ? 'none' : [found.command.name, ...found.argv].join(' '), expected);
  });
}
