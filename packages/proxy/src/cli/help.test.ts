// The page that --help prints.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInEnvironment } from './flag-row.ts';
import { environmentName, FLAG_ROWS } from './flags.ts';
import { helpText } from './help.ts';

test('helpText stays within 100 columns', () => {
  for (const line of helpText().split('\n')) assert(line.length <= 100, `${line.length} columns: ${line}`);
});

test('helpText names every flag with its short form, default and environment variable', () => {
  const lines = helpText().split('\n');
  for (const row of FLAG_ROWS) {
    const { name, short, scope, default: text } = row;
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
    assert.equal(helpText().includes(`[env: ${environmentName(name)}]`), isInEnvironment(row), `variable of ${name}`);
  }
});

test('helpText leaves no line with spaces at its end', () => {
  assert.doesNotMatch(helpText(), / $/m);
});
