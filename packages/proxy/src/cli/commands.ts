// Every command there is.

import type { Command } from './command.ts';
import { CONFIG_FLAGS, HELP_ONLY } from './command-flags.ts';
import { FLAGS } from './flags.ts';

export const COMMANDS: readonly Command[] = [
  {
    name: 'config',
    summary: 'Print the effective configuration, each setting with where it comes from. Opens nothing.',
    usage: '[flags] INSTANCE_URI...',
    flags: CONFIG_FLAGS,
    load: async () => (await import('./commands/config.ts')).runConfig,
  },
  {
    name: 'run',
    summary: 'Run a command with PGHOST and PGPORT set for the instance, and end with it.',
    usage: 'INSTANCE_URI [flags] -- COMMAND [ARGUMENT...]',
    flags: FLAGS,
    load: async () => (await import('./commands/run.ts')).runRun,
  },
  {
    name: 'version',
    summary: 'Print the version.',
    usage: '',
    flags: HELP_ONLY,
    load: async () => (await import('./commands/version.ts')).runVersion,
  },
];
