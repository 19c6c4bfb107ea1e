// help, and --help of every command.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { commandHelpText } from '../command-help.ts';
import { helpText } from '../help.ts';
import { runCommand } from '../run-command.ts';
import { UsageError } from '../usage-error.ts';
import { runHelp } from './help.ts';

async function printed(run: typeof runHelp, argv: readonly string[]): Promise<string> {
  let text = '';
  const out = { write: (line: string) => void (text += line) };
  assert.equal(await run({ argv, env: {}, sinks: { out, err: { write: (line) => assert.fail(line) } } }), 0);
  return text;
}

test('help prints what --help prints, for the program and for a command', async () => {
  assert.equal(await printed(runHelp, []), helpText());
  for (const command of COMMANDS) {
    const text = commandHelpText(command);
    assert.equal(await printed(runHelp, [command.name]), text);
    assert.equal(await printed((context) => runCommand({ command, argv: ['--help'] }, context), []), text);
    for (const line of text.split('\n')) assert(line.length <= 100, line);
  }
});

const MISTAKES = {
  wiat: 'unknown command "wiat"; did you mean "wait"?',
  bogus: 'unknown command "bogus"; see alloydb-auth-proxy --help for the commands there are',
  'wait config': 'unexpected argument "config" for help; see alloydb-auth-proxy help --help',
} as const;

for (const [words, mistake] of Object.entries(MISTAKES)) {
  test(`help refuses "${words}"`, async () => {
    await assert.rejects(printed(runHelp, words.split(' ')), (error: unknown) => {
      assert(error instanceof UsageError);
      return `${error.message}; ${error.hint}` === mistake;
    });
  });
}

function helpOf(name: string): string {
  const command: Command | undefined = COMMANDS.find((each) => each.name === name);
  return commandHelpText(command ?? assert.fail(`there is no ${name}`));
}

test('commandHelpText names a flag that the proxy has too, with its variable only where it is read', () => {
  assert.match(helpOf('wait'), /--http-port PORT .*\n +\[default: 9090\]\n/);
  assert.doesNotMatch(helpOf('wait') + helpOf('shutdown'), /ALLOYDB_PROXY_/);
  assert.match(helpOf('healthcheck'), /\[env: ALLOYDB_PROXY_HTTP_PORT\]/);
  assert.match(helpOf('config'), /--format text\|json/);
  assert.doesNotMatch(helpOf('config'), /--http-port/);
});
