// The part of the configuration that the connector works with, in its own terms.

import type { ConnectorOptions, RefreshOptions } from 'alloydb-connector';
import { runtimeTransport } from '../transport/runtime-transport.ts';
import type { CredentialsConfig, ProxyConfig } from '../config/config.ts';

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

export interface Identity extends Pick<ProxyConfig, 'adminApiEndpoint' | 'allowRemoteEmulator'> {
  readonly credentials: Omit<CredentialsConfig, 'loginToken'>;
}

/** On whose behalf an API is called, and where it is: for the proxy and for commands alike. */
export function identityOptions({ credentials, adminApiEndpoint, allowRemoteEmulator }: Identity): ConnectorOptions {
  const { source, impersonate, quotaProject, universeDomain } = credentials;
  return {
    credentials: source,
    allowRemoteEmulator,
    ...(impersonate === undefined ? {} : { impersonate }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
    ...(universeDomain === undefined ? {} : { universeDomain }),
    ...(adminApiEndpoint === undefined ? {} : { adminApiEndpoint }),
  };
}

export function connectorOptions(config: ProxyConfig, { userAgent, refresh }: ConnectorSetting): ConnectorOptions {
  const { credentials, staticConnectionInfo, lazyRefresh, httpConnect, dialTimeoutMs, keepAliveMs } = config;
  const { loginToken } = credentials;
  return {
    ...identityOptions(config),
    userAgent,
    httpConnect,
    dialTimeoutMs,
    keepAliveMs,
    refresh: { ...refresh, strategy: lazyRefresh ? 'lazy' : 'ahead' },
    ...(runtimeTransport === undefined ? {} : { transport: runtimeTransport }),
    ...(loginToken === undefined ? {} : { loginToken }),
    ...(staticConnectionInfo === undefined ? {} : { staticConnectionInfo }),
  };
}
