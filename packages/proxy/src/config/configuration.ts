// The effective configuration: command line, environment and config file read, merged and checked.

import type { ParsedArgs } from '../cli/parse-args.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import type { ProxyConfig } from './config.ts';
import { readEnvironment } from './environment.ts';
import { type GivenInstance, type MergedLayers, mergeLayers, type ReadLayer } from './sources.ts';
import { unheededNotices } from './unheeded.ts';
import { validateConfig } from './validate.ts';

export interface Configuration {
  readonly config: ProxyConfig;
  /** The same before it was put together: every setting with its origin. */
  readonly merged: MergedLayers;
  /** What was left alone and why, to be logged as warnings. */
  readonly notices: readonly string[];
}

export interface ConfigurationSources {
  readonly args: Pick<ParsedArgs<ProxyFlags>, 'given' | 'positionals' | 'mistakes'>;
  readonly env: NodeJS.ProcessEnv;
  /** What the config file says; undefined when there is none. */
  readonly file?: ReadLayer | undefined;
  /** For who only looks: a configuration without an instance is one, too. Default false. */
  readonly mayLackInstances?: boolean;
}

/**
 * Opens nothing; looks at the file system only to see whether the folders of Unix sockets exist.
 *
 * @throws {UsageError} for the first mistake.
 */
export function readConfiguration({ args, env, file, mayLackInstances = false }: ConfigurationSources): Configuration {
  const environment = readEnvironment(env);
  const read = file === undefined ? [environment] : [environment, file];
  for (const { mistakes } of [args, ...read]) {
    if (mistakes[0] !== undefined) throw mistakes[0];
  }
  const instances = args.positionals.map((value): GivenInstance => ({ value, source: { from: 'command-line' } }));
  const merged = mergeLayers([{ settings: args.given, instances }, ...read]);
  const config = validateConfig(merged, { mayLackInstances });
  return { config, merged, notices: [...read.flatMap(({ notices }) => notices), ...unheededNotices(merged)] };
}
