// The flags of the commands.

import type { FlagTable } from './flag-row.ts';
import { FLAGS } from './flags.ts';

const HELP = {
  name: 'help',
  short: 'h',
  kind: 'boolean',
  scope: 'command-line',
  group: 'General',
  help: 'Print this help and exit.',
} as const;

export const HELP_ONLY = [HELP] as const satisfies FlagTable;

/** Those of the proxy: what is printed is what a start with the same ones would do. */
export const CONFIG_FLAGS = [
  {
    name: 'format',
    kind: 'choice',
    scope: 'command-line',
    group: 'General',
    placeholder: 'text|json',
    default: 'text',
    choices: ['text', 'json'],
    help: 'How to print the configuration.',
  },
  ...FLAGS,
] as const satisfies FlagTable;
