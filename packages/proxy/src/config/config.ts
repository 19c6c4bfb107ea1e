// The effective configuration of the proxy, read once at the edge and trusted everywhere behind it.

import type { InstanceUri, IpType } from 'alloydb-connector';

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
  readonly ipType: IpType;
}

export type CredentialsConfig =
  /** Application Default Credentials. */
  | { readonly kind: 'adc' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'token'; readonly token: string };

export interface LogConfig {
  readonly format: 'text' | 'json';
  /** The least severe entry that is written; `info` includes warnings. */
  readonly level: 'debug' | 'info' | 'error';
}

export interface ProxyConfig {
  /** At least one, in the order given. */
  readonly instances: readonly InstanceConfig[];
  readonly credentials: CredentialsConfig;
  /** Base URL of the AlloyDB Admin API, without a trailing slash. */
  readonly adminApiEndpoint: string;
  /** Most client connections at one time over all instances; 0 is no limit. */
  readonly maxConnections: number;
  readonly log: LogConfig;
}
