// Runs one command, or prints its help.

import type { CommandContext } from './command.ts';
import { commandHelpText } from './command-help.ts';
import type { FoundCommand } from './find-command.ts';
import { printText } from './messages.ts';
import { parseArgs } from './parse-args.ts';

/** Resolves with the exit code. */
export async function runCommand(
  { command, argv }: FoundCommand,
  { env, sinks }: Omit<CommandContext, 'argv'>,
): Promise<number> {
  const { given } = parseArgs(command.flags, argv);
  const help: unknown = (given as Readonly<Record<string, { readonly value: unknown }>>)['help']?.value;
  if (help === true) {
    printText(commandHelpText(command), sinks.out);
    return 0;
  }
  const run = await command.load();
  return run({ argv, env, sinks });
}
