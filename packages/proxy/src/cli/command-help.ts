// The text of `COMMAND --help`.

import type { Command } from './command.ts';
import { flagSection } from './help.ts';
import { ownFlags } from './own-flags.ts';
import { PROGRAM } from './program-name.ts';

export function commandHelpText(command: Command): string {
  const { name, summary, usage, notes } = command;
  const { own, andThoseOfProxy } = ownFlags(command);
  return [
    `${summary}\n`,
    `Usage:\n  ${[PROGRAM, name, usage].join(' ').trimEnd()}\n`,
    flagSection('Flags:', own),
    ...(andThoseOfProxy ? [`Further flags are those of the proxy: see ${PROGRAM} --help.\n`] : []),
    ...(notes === undefined ? [] : [notes]),
  ].join('\n');
}
