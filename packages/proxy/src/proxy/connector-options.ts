// The part of the configuration that the connector works with, in its own terms.

import type { ConnectorOptions } from 'alloydb-connector';
import type { ProxyConfig } from '../config/config.ts';

export function connectorOptions(config: ProxyConfig, userAgent: string): ConnectorOptions {
  const { credentials, adminApiEndpoint, staticConnectionInfo, lazyRefresh, httpConnect, dialTimeoutMs, keepAliveMs } =
    config;
  const { source, impersonate, loginToken, quotaProject, universeDomain } = credentials;
  return {
    credentials: source,
    userAgent,
    httpConnect,
    dialTimeoutMs,
    keepAliveMs,
    refresh: { strategy: lazyRefresh ? 'lazy' : 'ahead' },
    ...(impersonate === undefined ? {} : { impersonate }),
    ...(loginToken === undefined ? {} : { loginToken }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
    ...(universeDomain === undefined ? {} : { universeDomain }),
    ...(adminApiEndpoint === undefined ? {} : { adminApiEndpoint }),
    ...(staticConnectionInfo === undefined ? {} : { staticConnectionInfo }),
  };
}
