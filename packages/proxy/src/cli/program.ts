// What a command line without a command asks for: help, the version, or the start of the proxy.

import { type Configuration, readConfiguration } from '../config/configuration.ts';
import type { ReadLayer } from '../config/sources.ts';
import { refuseUnavailable } from '../config/unheeded.ts';
import { closest } from './suggest.ts';
import { COMMANDS } from './commands.ts';
import { FLAGS } from './flags.ts';
import { helpText } from './help.ts';
import { parseArgs } from './parse-args.ts';
import { UsageError } from './usage-error.ts';
import { versionText } from './version.ts';

export type Request =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version'; readonly text: string }
  | (Pick<Configuration, 'config' | 'notices'> & {
      readonly kind: 'start';
      /** Path of the config file that was read; undefined when there was none. */
      readonly configFile: string | undefined;
    });

/**
 * Reads the arguments (without those that name Node and the script), the environment and what the config file said.
 *
 * @throws {UsageError} for the first mistake.
 */
export function readRequest(argv: readonly string[], env: NodeJS.ProcessEnv, file?: ReadLayer): Request {
  const args = parseArgs(FLAGS, argv);
  if (args.mistakes[0] !== undefined) throw args.mistakes[0];
  if (args.given.help?.value === true) return { kind: 'help', text: helpText() };
  if (args.given.version?.value === true) return { kind: 'version', text: versionText() };
  refuseMisspeltCommand(args.positionals);
  const { config, merged, notices } = readConfiguration({ args, env, file });
  refuseUnavailable(merged);
  return { kind: 'start', config, notices, configFile: merged.settings['config-file'].value };
}

/** A single word can be no instance URI. */
function refuseMisspeltCommand([first, ...others]: readonly string[]): void {
  if (first === undefined || others.length > 0 || /[/?.]/.test(first)) return;
  const near = closest(
    first,
    COMMANDS.map(({ name }) => name),
  );
  if (near === undefined) return;
  throw new UsageError(`unknown command "${first}"`, { hint: `did you mean "${near}"?` });
}
