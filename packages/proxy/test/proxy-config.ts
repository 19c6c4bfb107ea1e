// The configuration that a command line makes, for tests of what works with it.

import assert from 'node:assert/strict';
import { readRequest } from '../src/cli/program.ts';
import type { ProxyConfig } from '../src/config/config.ts';

export const instanceUri = 'projects/p/locations/r/clusters/c/instances/i';

/** The arguments and one instance, with nothing from the environment. */
export function configOf(...argv: readonly string[]): ProxyConfig {
  const command = readRequest([...argv, instanceUri], {});
  assert(command.kind === 'start');
  return command.config;
}

/** The same with ports that the system chooses. */
export function configOnFreePorts(...argv: readonly string[]): ProxyConfig {
  const config = configOf(...argv);
  const listen = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  return { ...config, instances: config.instances.map((instance) => ({ ...instance, listen })) };
}
