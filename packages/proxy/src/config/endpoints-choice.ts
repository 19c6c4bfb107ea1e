// Which HTTP endpoints the settings ask for. Without a flag that needs one, no port is opened.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import type { AdminConfig, HealthConfig } from './config.ts';

export function chooseHealth(settings: Settings<ProxyFlags>): HealthConfig | undefined {
  if (!settings['health-check'].value) return undefined;
  return {
    host: settings['http-address'].value,
    port: settings['http-port'].value,
    withBackendCheck: settings['with-backend-check'].value,
  };
}

export function chooseAdmin(settings: Settings<ProxyFlags>): AdminConfig | undefined {
  return settings.quitquitquit.value ? { port: settings['admin-port'].value } : undefined;
}
