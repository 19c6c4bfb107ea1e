// `help`: the same as --help, for the program or for a command.

import type { CommandContext } from '../command.ts';
import { HELP_ONLY } from '../command-flags.ts';
import { commandHelpText } from '../command-help.ts';
import { COMMANDS } from '../commands.ts';
import { helpText } from '../help.ts';
import { printText } from '../messages.ts';
import { PROGRAM } from '../program-name.ts';
import { readCommand } from '../read-command.ts';
import { closest } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';

export async function runHelp({ argv, sinks }: CommandContext): Promise<number> {
  const [name] = readCommand({ name: 'help', flags: HELP_ONLY, atMost: 1 }, argv).words;
  printText(name === undefined ? helpText() : helpOf(name), sinks.out);
  return 0;
}

function helpOf(name: string): string {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return commandHelpText(command);
  const near = closest(
    name,
    COMMANDS.map((each) => each.name),
  );
  const hint = near === undefined ? `see ${PROGRAM} --help for the commands there are` : `did you mean "${near}"?`;
  throw new UsageError(`unknown command "${name}"`, { hint });
}
