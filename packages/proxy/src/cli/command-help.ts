// The text of `COMMAND --help`.

import type { Command } from './command.ts';
import { flagSection } from './help.ts';
import { PROGRAM } from './program-name.ts';
import { FLAG_ROWS } from './flags.ts';

/** A command that takes the flags of the proxy names those of its own alone. */
export function commandHelpText({ name, summary, usage, flags, notes }: Command): string {
  const takesAll = FLAG_ROWS.every((row) => flags.some((each) => each.name === row.name));
  const more = takesAll ? [`Further flags are those of the proxy: see ${PROGRAM} --help.\n`] : [];
  return [
    `${summary}\n`,
    `Usage:\n  ${[PROGRAM, name, usage].join(' ').trimEnd()}\n`,
    flagSection('Flags:', takesAll ? flags.filter((row) => row.name === 'help' || !isOfProxy(row.name)) : flags),
    ...more,
    ...(notes === undefined ? [] : [notes]),
  ].join('\n');
}

function isOfProxy(flag: string): boolean {
  return FLAG_ROWS.some((row) => row.name === flag);
}
