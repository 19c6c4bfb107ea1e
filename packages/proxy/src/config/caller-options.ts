// On whose behalf a command calls Google's APIs: the credential flags of the proxy, read from its command line and environment.

import type { ConnectorOptions } from 'alloydb-connector';
import type { GivenSettings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { identityOptions } from '../proxy/connector-options.ts';
import { userAgent } from '../proxy/user-agent.ts';
import { chooseCredentials } from './credentials-choice.ts';
import { readEnvironment } from './environment.ts';
import { mergeLayers, type ReadLayer } from './sources.ts';
import { refuseConflicts } from './validate.ts';

/**
 * @param file what the config file says; undefined for commands that read none.
 * @throws {UsageError} for a variable or key that is wrong, and for credentials that contradict each other.
 */
export function callerOptions(
  given: GivenSettings<ProxyFlags>,
  env: NodeJS.ProcessEnv,
  file?: ReadLayer,
): ConnectorOptions {
  const read = [readEnvironment(env), ...(file === undefined ? [] : [file])];
  for (const { mistakes } of read) if (mistakes[0] !== undefined) throw mistakes[0];
  const { settings } = mergeLayers([{ settings: given, instances: [] }, ...read]);
  refuseConflicts(settings);
  const identity = identityOptions({
    credentials: chooseCredentials(settings),
    adminApiEndpoint: settings['alloydbadmin-api-endpoint'].value,
    allowRemoteEmulator: settings['allow-remote-emulator'].value,
  });
  return { ...identity, env, userAgent: userAgent({ userAgent: undefined }, env) };
}
