// The effective configuration of the proxy, read once at the edge and trusted everywhere behind it.

import type { CredentialsOption, ImpersonateOption, IpTypeOption } from 'alloydb-connector';
import type { AllowList } from './allow-list.ts';
import type { FuseConfig } from './fuse-choice.ts';
import type { InstanceTarget } from './instance-target.ts';

/** Where one instance accepts its clients. */
export type ListenAt =
  /** `host` is an IP address or a host name, resolved when listening; port 0 lets the system choose. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `path` is the socket itself; its directory may be missing, the directory above that one exists. */
  | { readonly kind: 'unix'; readonly path: string; readonly permissions: SocketPermissions };

/** Who may use a Unix socket. */
export interface SocketPermissions {
  /** Permission bits, such as 0o660. */
  readonly mode: number;
  /** Undefined leaves the socket in the group of the process. */
  readonly groupId: number | undefined;
}

/** Paths of the PEM files for TLS between clients and the proxy. */
export interface LocalTlsConfig {
  readonly cert: string;
  readonly key: string;
  /** Clients must have a certificate of one of these authorities; undefined asks for none. */
  readonly clientCa: string | undefined;
}

export interface InstanceConfig {
  readonly target: InstanceTarget;
  readonly listen: ListenAt;
  /** Log IAM principals in without a password. */
  readonly autoIamAuthn: boolean;
  readonly ipType: IpTypeOption;
  /** Where to open the TCP connection instead, as `HOST` or `HOST:PORT`. */
  readonly dialAddress: string | undefined;
  /** Most client connections of this instance at one time; 0 is no limit but that of the program. */
  readonly maxConnections: number;
  /** Connections to keep ready for clients that come; 0 dials when they come. */
  readonly warmConnections: number;
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
  /** End once no client has been connected for this long, in milliseconds; 0 never ends. */
  readonly idleExitMs: number;
}

export interface LogConfig {
  readonly format: 'text' | 'json';
  /** The least severe entry that is written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Path of the file that takes the place of the standard streams. */
  readonly file: string | undefined;
}

/** Metrics and traces for Google Cloud. */
export interface TelemetryConfig {
  readonly project: string;
  /** Put before the names of metrics; none when empty. */
  readonly prefix: string;
  /** One connection in this many is traced. */
  readonly sampleRate: number;
  readonly metrics: boolean;
  readonly traces: boolean;
}

/** Lifecycle events for the program that has started the proxy. */
export interface EventsConfig {
  /** File descriptor: 1 is standard output, and the log then goes to standard error. */
  readonly descriptor: number;
}

/** The server of the health endpoints and of the metrics. */
export interface HttpConfig {
  /** An IP address or a host name; `localhost` stands for both loopback addresses. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface HealthConfig {
  /** Let /startup dial every instance. */
  readonly withBackendCheck: boolean;
}

export interface PrometheusConfig {
  /** Prefix of the names of all metrics; none when empty. */
  readonly namespace: string;
}

/** The admin server, on loopback alone. */
export interface AdminConfig {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Let everybody on this machine end the proxy. */
  readonly quitquitquit: boolean;
  /** Serve a page that shows the running proxy. */
  readonly statusPage: boolean;
  /** Serve a profiler. */
  readonly debug: boolean;
  /** Where heap snapshots go; undefined writes none. */
  readonly heapSnapshotFolder: string | undefined;
}

/** Asking once a day whether there is a newer version. */
export interface UpdateCheckConfig {
  /** URL of the release feed; undefined for where this program came from. */
  readonly feed: string | undefined;
}

/** How the DNS names of instances are looked up. */
export interface DnsConfig {
  /** As node:dns takes it; undefined for the name servers of the system. */
  readonly server: string | undefined;
  /** Time between two looks, in milliseconds. */
  readonly refreshMs: number;
}

export interface ProxyConfig {
  /** Processes that serve clients; 1 is this one alone. */
  readonly workers: number;
  /** In the order given. */
  readonly instances: readonly InstanceConfig[];
  /** Undefined when nothing is mounted. */
  readonly fuse: FuseConfig | undefined;
  readonly dns: DnsConfig;
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
  /** Whether ALLOYDB_EMULATOR_HOST may name another machine. */
  readonly allowRemoteEmulator: boolean;
  /** Limit of one dial, in milliseconds. */
  readonly dialTimeoutMs: number;
  /** Silence after which clients and instances are probed by TCP, in milliseconds, whole seconds; 0 never probes. */
  readonly keepAliveMs: number;
  /** Whether an instance whose port is taken gets the next free one. */
  readonly portConflict: 'fail' | 'next';
  /** Life of a connection over which nothing is sent, in milliseconds; 0 is no limit. */
  readonly clientIdleTimeoutMs: number;
  /** Age at which a connection is ended as soon as it is idle, in milliseconds; 0 is no limit. */
  readonly maxConnectionLifetimeMs: number;
  /** Most client connections at one time over all instances; 0 is no limit. */
  readonly maxConnections: number;
  /** How long a client may wait for one of them, in milliseconds; 0 refuses it at once. */
  readonly maxConnectionsWaitMs: number;
  /** Peers that may connect over TCP; undefined for everybody. */
  readonly allowFrom: AllowList | undefined;
  /** Undefined when TCP clients need no TLS. */
  readonly localTls: LocalTlsConfig | undefined;
  readonly shutdown: ShutdownConfig;
  /** Dial every instance before clients are let in. */
  readonly runConnectionTest: boolean;
  /** Undefined when nobody asked for the endpoints. */
  readonly health: HealthConfig | undefined;
  /** Undefined when nobody asked for the metrics. */
  readonly prometheus: PrometheusConfig | undefined;
  /** Undefined when no project was named. */
  readonly telemetry: TelemetryConfig | undefined;
  /** Undefined when it would serve nothing. */
  readonly http: HttpConfig | undefined;
  /** Undefined when nobody asked for anything that it serves. */
  readonly admin: AdminConfig | undefined;
  readonly log: LogConfig;
  /** Undefined when nobody asked for them. */
  readonly events: EventsConfig | undefined;
  /** Undefined when nobody asked for it. */
  readonly updateCheck: UpdateCheckConfig | undefined;
}
