// Finds the command in a command line: the first word that is neither a flag nor the value of one.

import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { FlagRow } from './flag-row.ts';
import { FLAG_ROWS } from './flags.ts';
import { scanArgs } from './scan-args.ts';

export interface FoundCommand {
  readonly command: Command;
  /** The command line without the name. */
  readonly argv: readonly string[];
}

/** Undefined when the first word is no command: then it is an instance URI, or a mistake. */
export function findCommand(
  argv: readonly string[],
  commands: readonly Command[] = COMMANDS,
): FoundCommand | undefined {
  for (const arg of scanArgs(tableOfAll(commands), argv)) {
    if (arg.is === 'dashes') return undefined;
    if (arg.is !== 'positional') continue;
    const command = commands.find(({ name }) => name === arg.text);
    return command === undefined ? undefined : { command, argv: argv.toSpliced(arg.at, 1) };
  }
  return undefined;
}

/** Flags may stand before the command, so all of them have to be known to tell their values from its name. */
function tableOfAll(commands: readonly Command[]): readonly FlagRow[] {
  const byName = new Map(FLAG_ROWS.map((row) => [row.name, row]));
  for (const row of commands.flatMap(({ flags }) => flags)) {
    if (!byName.has(row.name)) byName.set(row.name, row);
  }
  return [...byName.values()];
}
