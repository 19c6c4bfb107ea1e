// On whose behalf a command calls Google's APIs: the credential flags of the proxy, read from its command line and environment.

import type { ConnectorOptions } from 'alloydb-connector';
import type { GivenSettings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { userAgent } from '../proxy/user-agent.ts';
import { chooseCredentials } from './credentials-choice.ts';
import { readEnvironment } from './environment.ts';
import { mergeLayers } from './sources.ts';
import { refuseConflicts } from './validate.ts';

/** @throws {UsageError} for a variable that is wrong, and for credentials that contradict each other. */
export function callerOptions(given: GivenSettings<ProxyFlags>, env: NodeJS.ProcessEnv): ConnectorOptions {
  const environment = readEnvironment(env);
  if (environment.mistakes[0] !== undefined) throw environment.mistakes[0];
  const { settings } = mergeLayers([{ settings: given, instances: [] }, environment]);
  refuseConflicts(settings);
  const { source, impersonate, quotaProject, universeDomain } = chooseCredentials(settings);
  return {
    env,
    credentials: source,
    userAgent: userAgent({ userAgent: undefined }, env),
    ...(impersonate === undefined ? {} : { impersonate }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
    ...(universeDomain === undefined ? {} : { universeDomain }),
  };
}
