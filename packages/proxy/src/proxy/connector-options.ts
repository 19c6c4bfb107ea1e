// The part of the configuration that the connector works with, in its own terms.

import type { ConnectorOptions, RefreshOptions } from 'alloydb-connector';
import type { ProxyConfig } from '../config/config.ts';

/** What the connector is told that no flag decides. */
export interface ConnectorSetting {
  /** Product token for the User-Agent. */
  readonly userAgent: string;
  /**
   * Timings of the refresh, for programs that must see in minutes what takes hours: the soak renews certificates every few
   * seconds. Whether to refresh ahead or lazily is the configuration's. Default: the connector's, as for every user.
   */
  readonly refresh?: Omit<RefreshOptions, 'strategy'>;
}

export function connectorOptions(config: ProxyConfig, { userAgent, refresh }: ConnectorSetting): ConnectorOptions {
  const { credentials, adminApiEndpoint, staticConnectionInfo, lazyRefresh } = config;
  const { httpConnect, allowRemoteEmulator, dialTimeoutMs, keepAliveMs } = config;
  const { source, impersonate, loginToken, quotaProject, universeDomain } = credentials;
  return {
    credentials: source,
    userAgent,
    httpConnect,
    allowRemoteEmulator,
    dialTimeoutMs,
    keepAliveMs,
    refresh: { ...refresh, strategy: lazyRefresh ? 'lazy' : 'ahead' },
    ...(impersonate === undefined ? {} : { impersonate }),
    ...(loginToken === undefined ? {} : { loginToken }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
    ...(universeDomain === undefined ? {} : { universeDomain }),
    ...(adminApiEndpoint === undefined ? {} : { adminApiEndpoint }),
    ...(staticConnectionInfo === undefined ? {} : { staticConnectionInfo }),
  };
}
