// The effective configuration of the proxy, read once at the edge and trusted everywhere behind it.

import type { CredentialsOption, ImpersonateOption, InstanceUri, IpTypeOption } from 'alloydb-connector';

/** Where one instance accepts its clients. */
export type ListenAt =
  /** `host` is an IP address or a host name, resolved when listening; port 0 lets the system choose. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `path` is the socket itself; its directory may be missing, the directory above that one exists. */
  | { readonly kind: 'unix'; readonly path: string };

export interface InstanceConfig {
  readonly uri: InstanceUri;
  readonly listen: ListenAt;
  /** Log IAM principals in without a password. */
  readonly autoIamAuthn: boolean;
  readonly ipType: IpTypeOption;
  /** Where to open the TCP connection instead, as `HOST` or `HOST:PORT`. */
  readonly dialAddress: string | undefined;
}

/** On whose behalf the proxy acts, and how the API is addressed. */
export interface CredentialsConfig {
  readonly source: CredentialsOption;
  readonly impersonate: ImpersonateOption | undefined;
  /** Separate token for IAM database logins. */
  readonly loginToken: string | undefined;
  readonly quotaProject: string | undefined;
  readonly universeDomain: string | undefined;
}

/** How the proxy ends. */
export interface ShutdownConfig {
  /** How long to go on accepting clients after a signal, in milliseconds. */
  readonly minDelayMs: number;
  /** How long to wait for sessions once new clients are refused, in milliseconds. */
  readonly maxDelayMs: number;
  /** End idle sessions meanwhile. */
  readonly drainIdle: boolean;
  /** Exit with 0 instead of 143 after SIGTERM. */
  readonly exitZero: boolean;
}

export interface LogConfig {
  readonly format: 'text' | 'json';
  /** The least severe entry that is written; `info` includes warnings. */
  readonly level: 'debug' | 'info' | 'error';
}

export interface ProxyConfig {
  /** At least one, in the order given. */
  readonly instances: readonly InstanceConfig[];
  readonly credentials: CredentialsConfig;
  /** Base URL of the AlloyDB Admin API, without a trailing slash; undefined for the one of the universe. */
  readonly adminApiEndpoint: string | undefined;
  /** Product tokens to append to the User-Agent. */
  readonly userAgent: string | undefined;
  readonly lazyRefresh: boolean;
  /** Path of a file that replaces the Admin API. */
  readonly staticConnectionInfo: string | undefined;
  /** Carry database connections through the HTTP proxy of HTTPS_PROXY. */
  readonly httpConnect: boolean;
  /** Most client connections at one time over all instances; 0 is no limit. */
  readonly maxConnections: number;
  readonly shutdown: ShutdownConfig;
  readonly log: LogConfig;
}
