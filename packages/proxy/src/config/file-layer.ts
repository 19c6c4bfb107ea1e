// The config file that the command line or the environment names, read if there is one.

import type { ParsedArgs } from '../cli/parse-args.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { readEnvironment } from './environment.ts';
import type { ReadLayer } from './sources.ts';

/** @throws {UsageError} when the file cannot be read. */
export async function readFileLayer(
  { given }: Pick<ParsedArgs<ProxyFlags>, 'given'>,
  env: NodeJS.ProcessEnv,
): Promise<ReadLayer | undefined> {
  const path = (given['config-file'] ?? readEnvironment(env).settings['config-file'])?.value;
  if (path === undefined) return undefined;
  const { readConfigFile } = await import('./file.ts');
  return readConfigFile(path);
}
