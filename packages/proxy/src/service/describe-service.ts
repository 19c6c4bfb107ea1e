// From the command line of `service install` to the service that it describes, or to why there can be none.

import type { ParsedArgs } from '../cli/parse-args.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { ProxyConfig } from '../config/config.ts';
import { readConfiguration } from '../config/configuration.ts';
import { readFileLayer } from '../config/file-layer.ts';
import type { MergedLayers } from '../config/sources.ts';
import { refuseUnavailable } from '../config/unheeded.ts';
import { validateConfig } from '../config/validate.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import { configText } from './config-text.ts';

export interface ServiceSettings {
  readonly config: ProxyConfig;
  readonly configText: string;
  /** What the user should know, each in a sentence. */
  readonly notices: readonly string[];
}

export interface DescribeOptions {
  /** The proxy's own flags and URIs. */
  readonly args: Pick<ParsedArgs<ProxyFlags>, 'given' | 'positionals' | 'mistakes'>;
  /** Where relative paths start. */
  readonly folder: string;
}

/**
 * Checks the proxy's flags as its start would, without any environment: the service will have another one. What a config
 * file says is taken over.
 *
 * @throws {UsageError} for anything with which the service would not start.
 */
export async function describeSettings({ args, folder }: DescribeOptions): Promise<ServiceSettings> {
  const file = await readFileLayer(args, {});
  const { merged, notices } = readConfiguration({ args, env: {}, file });
  refuseUnavailable(merged);
  refuseSecrets(merged);
  refuseFuse(merged);
  const absolute = withAbsolutePaths(merged, folder);
  const copied = args.given['config-file'];
  return {
    config: validateConfig(absolute),
    configText: configText(absolute, [
      "Written by 'alloydb-auth-proxy service install', which replaces it when it is run again.",
      'After a change by hand: alloydb-auth-proxy service restart. To name other files in it, install again: the manager',
      'may hand them over itself.',
    ]),
    notices:
      copied === undefined ? notices : [...notices, `the settings of ${copied.value} are taken over as they are now`],
  };
}

/** Services are kept from mounting, and from being seen by others when they do. */
function refuseFuse({ settings }: MergedLayers): void {
  if (settings.fuse.value === undefined) return;
  throw new UsageError('a service cannot be installed with --fuse: what it mounts would be seen by itself alone', {
    hint: 'name its instances, or write a service of your own for --fuse: docs/fuse.md says what it needs',
  });
}

/** Everything written down can be read by somebody, and a token is worth nothing after an hour. */
const INSTEAD: { readonly [Flag in 'token' | 'json-credentials' | 'login-token']: string } = {
  token: 'it expires within the hour; give --credentials-file KEY.json, or --token-file PATH',
  'json-credentials': 'write it into a file that only root can read, and give --credentials-file PATH',
  'login-token': 'it expires within the hour; without it the proxy gets one of its own',
};

function refuseSecrets({ settings }: MergedLayers): void {
  for (const [flag, hint] of Object.entries(INSTEAD) as [keyof typeof INSTEAD, string][]) {
    if (settings[flag].value === undefined) continue;
    throw new UsageError(`a service cannot be installed with --${flag}`, { hint });
  }
}
