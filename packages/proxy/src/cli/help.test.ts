// The page that --help prints.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentName, FLAG_ROWS } from './flags.ts';
import { helpText } from './help.ts';

test('helpText stays within 100 columns', () => {
  for (const line of helpText().split('\n')) assert(line.length <= 100, `${line.length} columns: ${line}`);
});

test('helpText names every flag with its short form, default and environment variable', () => {
  const lines = helpText().split('\n');
  for (const { name, short, scope, default: text } of FLAG_ROWS) {
    const spelling = scope === 'instance' ? `${name}=` : `--${name}`;
    const at = lines.findIndex((line) =>
      line
        .trimStart()
        .replace(/^-\w, /, '')
        .startsWith(spelling),
    );
    assert.notEqual(at, -1, name);
    if (short !== undefined) assert.match(lines[at] ?? '', new RegExp(`-${short}, --${name}`));
    const entry = lines.slice(at, at + 5).join('\n');
    if (text !== undefined) assert(entry.includes(`[default: ${text}]`), `default of ${name}`);
    const isInEnvironment = scope === 'program' || scope === 'program-and-instance';
    assert.equal(helpText().includes(`[env: ${environmentName(name)}]`), isInEnvironment, `variable of ${name}`);
  }
});

test('helpText leaves no line with spaces at its end', () => {
  assert.doesNotMatch(helpText(), / $/m);
});
