// How the report of a mistake is written, when the mistake is in the very settings that say so.

import type { LogConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { mergeLayers, type ReadLayer } from '../config/sources.ts';
import { FLAGS } from './flags.ts';
import { parseArgs } from './parse-args.ts';

/** The log format that was asked for, for the report of a mistake in the very same input. Never throws. */
export function startupLogFormat(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  file?: ReadLayer,
): LogConfig['format'] {
  return startupSettings(argv, env, file)['structured-logs'].value ? 'json' : 'text';
}

/** The log file that was asked for, for a report that has nowhere else to go. Never throws. */
export function startupLogFile(argv: readonly string[], env: NodeJS.ProcessEnv, file?: ReadLayer): string | undefined {
  return startupSettings(argv, env, file)['log-file'].value;
}

function startupSettings(argv: readonly string[], env: NodeJS.ProcessEnv, file: ReadLayer | undefined) {
  const { given } = parseArgs(FLAGS, argv);
  const layers = [{ settings: given, instances: [] }, readEnvironment(env), ...(file === undefined ? [] : [file])];
  return mergeLayers(layers).settings;
}
