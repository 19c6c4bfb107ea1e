// The completion scripts, read by the shells that they are for.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openShell, skipUnlessInstalled } from '../../../test/shell-completion.ts';
import { completionScript } from '../commands/completion.ts';
import { COMMANDS } from '../commands.ts';
import { FLAG_ROWS } from '../flags.ts';
import { isFlag } from '../flag-row.ts';
import { PROGRAM } from '../program-name.ts';
import { completable, valuesBySpelling } from './completable.ts';
import { SHELLS } from './shells.ts';

/** The line behind the program's name, what is suggested at its end, and what is not. */
const LINES: readonly (readonly [line: string, expected: readonly string[], unexpected?: readonly string[]])[] = [
  ['', COMMANDS.map(({ name }) => name), ['--port', 'bash']],
  ['--po', ['--port', '--port-conflict'], ['--psc', 'config']],
  ['--port-conflict ', ['fail', 'next'], ['config', 'file.toml']],
  ['-p 6000 he', ['healthcheck', 'help'], ['config']],
  ['--user-agent wait --', ['--port'], ['--max']],
  ['projects/p ', [], ['config', 'wait']],
  ['wait --', ['--max', '--http-port'], ['--port', '--admin-port']],
  ['--quiet config --', ['--format', '--port'], ['--max']],
  ['config --format ', ['text', 'json'], ['config']],
  ['completion ', ['bash', 'zsh', 'fish', 'powershell'], ['config']],
  ['help ', ['wait', 'shutdown', 'config'], ['bash']],
  ['wait ', [], ['config', 'shutdown']],
  ['--config-file ', ['file.toml', 'folder'], ['config']],
  ['-c f', ['file.toml', 'folder'], []],
  ['--unix-socket f', ['folder'], ['file.toml']],
];

for (const shell of SHELLS) {
  test(`completion ${shell} suggests flags, commands, words, files and folders where they may stand`, {
    skip: skipUnlessInstalled(shell),
  }, async () => {
    await using it = await openShell(shell, completionScript(shell));
    await writeFile(join(it.folder, 'file.toml'), '');
    await mkdir(join(it.folder, 'folder'));
    for (const [line, expected, unexpected = []] of LINES) {
      const found = await it.suggest(`${PROGRAM} ${line}`);
      for (const word of expected) assert(found.includes(word), `"${word}" for "${line}", found: ${found.join(' ')}`);
      for (const word of unexpected) assert(!found.includes(word), `no "${word}" for "${line}": ${found.join(' ')}`);
    }
  });

  test(`completion ${shell} suggests every flag of the table`, { skip: skipUnlessInstalled(shell) }, async () => {
    await using it = await openShell(shell, completionScript(shell));
    const found = await it.suggest(`${PROGRAM} --`);
    for (const { name } of FLAG_ROWS.filter(isFlag)) assert(found.includes(`--${name}`), name);
  });

  test(`completion ${shell} suggests the words of a flag behind its equals sign`, {
    skip: skipUnlessInstalled(shell),
  }, async () => {
    await using it = await openShell(shell, completionScript(shell));
    const found = await it.suggest(`${PROGRAM} --log-level=de`);
    // Some shells replace the whole word, some what stands behind the sign.
    assert.deepEqual(
      found.map((word) => word.replace('--log-level=', '')),
      ['debug'],
    );
  });

  test(`completion ${shell} names every flag and command, and describes them where the shell can show it`, () => {
    const script = completionScript(shell);
    const { flags, commands } = completable();
    for (const { spellings, description } of [...flags, ...commands.flatMap((command) => command.flags)]) {
      const [long = ''] = spellings;
      assert(script.includes(shell === 'fish' ? `-l ${long.slice(2)} ` : long), long);
      if (shell !== 'bash') assert(script.includes(description.split("'", 1)[0] ?? ''), description);
    }
    for (const { name } of commands) assert(script.includes(name), name);
  });
}

test('a flag takes the same kind of value for every command that has it, so that its value can be told from a command', () => {
  const { flags, commands } = completable();
  const bySpelling = valuesBySpelling({ flags, commands });
  for (const { spellings, value } of [...flags, ...commands.flatMap((command) => command.flags)]) {
    for (const spelling of spellings) {
      const all = bySpelling.get(spelling);
      if (value.is !== 'words') assert.deepEqual(all, value, spelling);
      else assert(all?.is === 'words' && value.words.every((word) => all.words.includes(word)), spelling);
    }
  }
});
