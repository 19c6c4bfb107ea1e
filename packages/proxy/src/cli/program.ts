// What a command line and its environment ask the program to do.

import type { LogConfig, ProxyConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { mergeLayers, type GivenInstance } from '../config/sources.ts';
import { validateConfig } from '../config/validate.ts';
import { FLAGS } from './flags.ts';
import { helpText } from './help.ts';
import { parseArgs } from './parse-args.ts';
import { PROGRAM } from './program-name.ts';
import { VERSION } from './version.ts';

export type Command =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version'; readonly text: string }
  | {
      readonly kind: 'start';
      readonly config: ProxyConfig;
      /** What was left alone and why, to be logged as warnings. */
      readonly notices: readonly string[];
    };

/**
 * Reads the arguments (without those that name Node and the script) and the environment. Opens nothing; looks at the
 * file system only to see whether the folders of Unix sockets exist.
 *
 * @throws {UsageError} for the first mistake.
 */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { given, positionals, mistakes } = parseArgs(FLAGS, argv);
  if (mistakes[0] !== undefined) throw mistakes[0];
  if (given.help?.value === true) return { kind: 'help', text: helpText() };
  if (given.version?.value === true) return { kind: 'version', text: `${PROGRAM} version ${VERSION}` };
  const environment = readEnvironment(env);
  if (environment.mistakes[0] !== undefined) throw environment.mistakes[0];
  const instances = positionals.map((value): GivenInstance => ({ value, source: { from: 'command-line' } }));
  const config = validateConfig(mergeLayers([{ settings: given, instances }, environment]));
  return { kind: 'start', config, notices: environment.notices };
}

/** The log format that was asked for, for the report of a mistake in the very same input. Never throws. */
export function startupLogFormat(argv: readonly string[], env: NodeJS.ProcessEnv): LogConfig['format'] {
  const { given } = parseArgs(FLAGS, argv);
  const { settings } = mergeLayers([{ settings: given, instances: [] }, readEnvironment(env)]);
  return settings['structured-logs'].value ? 'json' : 'text';
}
