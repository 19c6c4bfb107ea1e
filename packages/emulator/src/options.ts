// The options of startEmulator, documented, with every default resolved in one place.

import { systemClock, type Clock } from './clock.ts';
import { isSslMode, SSL_MODES, type SslMode } from './connection-rule.ts';
import { EmulatorError } from './emulator-error.ts';
import { CLOUD_PLATFORM_SCOPE } from './iam/access-tokens.ts';
import { checkPrincipal, serviceAccountOf } from './iam/principal.ts';
import { isRole, type Role } from './iam/roles.ts';
import { type DescribedState, readStateFile } from './state/described-state.ts';
import { parseInstanceName, type InstanceName } from './resource-name.ts';

export type InstanceType = 'PRIMARY' | 'READ_POOL' | 'SECONDARY';

export interface InstanceOptions {
  /** `projects/P/locations/L/clusters/C/instances/I` */
  readonly uri: string;
  /** Default `PRIMARY`. */
  readonly type?: InstanceType;
  /** Listen on a second address, which connectionInfo names as the public one. Default false. */
  readonly publicIp?: boolean;
  /**
   * Name for Private Service Connect: in connectionInfo of v1alpha and v1beta, and in the server certificate. Nothing
   * resolves it; that is left to the machine. Default none.
   */
  readonly pscDnsName?: string;
  /** A second such name, which clients fall back on. Default none. */
  readonly pscAutoDnsName?: string;
  /** Whether the instance takes connections through proxies and connectors only. Default false. */
  readonly requireConnectors?: boolean;
  /** Whether the instance's own PostgreSQL port takes clients without TLS. Default `ENCRYPTED_ONLY`. */
  readonly sslMode?: SslMode;
  /** Whether the instance says that it pools connections. Default false. */
  readonly connectionPooling?: boolean;
  /** Nodes of a read pool, 1 to 20. Default 1. */
  readonly nodeCount?: number;
}

export interface PostgresOptions {
  /** Use this running PostgreSQL: `postgresql://superuser:password@host:port/database`. Default: start one. */
  readonly databaseUrl?: string;
  /** Folder that holds `initdb` and `postgres`. Default: the embedded PostgreSQL, else one found on the system. */
  readonly binDir?: string;
}

export interface MetadataServerOptions {
  /** E-mail of the account that is attached to the machine. Default `compute@PROJECT.iam.gserviceaccount.com`. */
  readonly serviceAccount?: string;
  /** Scopes that the machine was created with, and no token goes beyond. Default cloud-platform, which covers all. */
  readonly scopes?: readonly string[];
}

export interface EmulatorOptions {
  /** Instances to serve, as URIs or with details. Default `projects/local/locations/us-central1/clusters/demo/instances/primary`. */
  readonly instances?: readonly (string | InstanceOptions)[];
  /**
   * A JSON file that says what there is at the beginning: clusters and instances, users, accounts, roles, grants, keys; see
   * docs/emulator.md. In place of `instances` and `defaultRoles`.
   */
  readonly stateFile?: string;
  /** Port of the Admin API and the token endpoint on 127.0.0.1. Default 0: a free one. */
  readonly apiPort?: number;
  /** Taken when it is free and `apiPort` names none. Default none. */
  readonly preferredApiPort?: number;
  /**
   * Serve the Admin API over gRPC as well, on this port of 127.0.0.1, with TLS; 0 takes a free one. Default: not served. See
   * `Emulator.grpc` for what clients have to trust.
   */
  readonly grpcPort?: number;
  /**
   * Port of the server-side proxies, each on a loopback address of its own from 127.0.0.2 on. Default 5433. On macOS, which has
   * 127.0.0.1 only, each takes a free port there instead, and clients have to dial `EmulatorInstance.port`.
   */
  readonly serverProxyPort?: number;
  /**
   * PostgreSQL port of the instances' own addresses, for clients without a proxy. Default 5432, or the one that was kept
   * with `stateDir`. Where it is taken, and on macOS, a free one takes its place: see `EmulatorInstance.postgresPort`.
   */
  readonly postgresPort?: number;
  readonly postgres?: PostgresOptions;
  /**
   * Keep everything in this folder, from start to start: data, certificates, users, roles, keys, tokens. What `instances` say counts
   * for the first start alone. Default: everything is gone at close.
   */
  readonly stateDir?: string;
  /** Password of the superuser `postgres` of the PostgreSQL that is started. Default random. */
  readonly postgresPassword?: string;
  /**
   * Life of client certificates in milliseconds, whatever the caller asks for; X.509 cuts the end to whole seconds. Default:
   * as asked, 1 h to 24 h.
   */
  readonly clientCertificateLifeMs?: number;
  /** Life of access tokens in milliseconds. Default one hour. */
  readonly tokenLifeMs?: number;
  /** What the metadata server of a virtual machine would give out. */
  readonly metadataServer?: MetadataServerOptions;
  /** Roles of a principal at first sight, changed by `grantRole` and `revokeRole`. Default `['roles/alloydb.client']`. */
  readonly defaultRoles?: readonly Role[];
  /** Decides when tokens and certificates begin and end. Default the machine's clock. */
  readonly clock?: Clock;
  /** Called when the end is asked for over HTTP, by `POST /stop`. Default: that is refused. */
  readonly onStop?: () => void;
  /** Receives one line for each thing worth telling. Default: nothing is written. */
  readonly log?: (line: string) => void;
}

export interface ResolvedInstance {
  readonly name: InstanceName;
  readonly type: InstanceType;
  readonly publicIp: boolean;
  readonly pscDnsName: string | undefined;
  readonly pscAutoDnsName: string | undefined;
  readonly requireConnectors: boolean;
  readonly sslMode: SslMode;
  readonly connectionPooling: boolean;
  readonly nodeCount: number;
}

export interface ResolvedOptions {
  readonly described: DescribedState | undefined;
  readonly instances: readonly ResolvedInstance[];
  readonly apiPort: number;
  readonly preferredApiPort: number | undefined;
  readonly onStop: (() => void) | undefined;
  readonly grpcPort: number | undefined;
  readonly serverProxyPort: number;
  /** Undefined: what was kept, else 5432. */
  readonly postgresPort: number | undefined;
  readonly databaseUrl: string | undefined;
  readonly binDir: string | undefined;
  /** Undefined: what was kept, else a random one. */
  readonly postgresPassword: string | undefined;
  readonly stateDir: string | undefined;
  readonly clientCertificateLifeMs: number | undefined;
  readonly tokenLifeMs: number;
  readonly metadataServer: Required<MetadataServerOptions>;
  /** Whether its account is one that was named, and not the default. */
  readonly isMachineAccountGiven: boolean;
  readonly defaultRoles: readonly Role[];
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export const DEFAULT_INSTANCE = 'projects/local/locations/us-central1/clusters/demo/instances/primary';

const HOUR_MS = 3_600_000;

/** @throws EmulatorError `INVALID_OPTION` */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  const described = options.stateFile === undefined ? undefined : readStateFile(options.stateFile);
  if (described !== undefined && options.instances !== undefined) {
    throw new EmulatorError('INVALID_OPTION', 'Cannot use instances together with a state file', {
      hint: 'name the instances in the file',
    });
  }
  const named = described?.clusters.flatMap((cluster) => cluster.instances);
  const instances = (named ?? options.instances ?? [DEFAULT_INSTANCE]).map(resolveInstance);
  if (instances.length === 0) throw new EmulatorError('INVALID_OPTION', 'Cannot start without an instance');
  const seen = new Set<string>();
  for (const { name } of instances) {
    if (seen.has(name.uri)) throw new EmulatorError('INVALID_OPTION', `Cannot serve instance "${name.uri}" twice`);
    seen.add(name.uri);
  }
  const { postgresPassword } = options;
  // initdb reads the password as one line of a file.
  if (postgresPassword !== undefined && !/^[^\r\n\0]+$/.test(postgresPassword)) {
    throw new EmulatorError('INVALID_OPTION', 'Cannot use the PostgreSQL password: it is empty or has a line break');
  }
  const defaultRoles = options.defaultRoles ?? described?.defaultRoles ?? ['roles/alloydb.client'];
  // Callers in JavaScript are not checked by a compiler.
  const strange = defaultRoles.map(String).find((role) => !isRole(role));
  if (strange !== undefined) throw new EmulatorError('INVALID_OPTION', `Cannot grant unknown role "${strange}"`);
  return {
    described,
    instances,
    apiPort: port('apiPort', options.apiPort ?? 0),
    preferredApiPort: options.apiPort === undefined ? options.preferredApiPort : undefined,
    onStop: options.onStop,
    grpcPort: options.grpcPort === undefined ? undefined : port('grpcPort', options.grpcPort),
    serverProxyPort: port('serverProxyPort', options.serverProxyPort ?? 5433),
    postgresPort: options.postgresPort === undefined ? undefined : port('postgresPort', options.postgresPort),
    databaseUrl: options.postgres?.databaseUrl,
    binDir: options.postgres?.binDir,
    postgresPassword,
    stateDir: options.stateDir,
    clientCertificateLifeMs: life('clientCertificateLifeMs', options.clientCertificateLifeMs),
    tokenLifeMs: life('tokenLifeMs', options.tokenLifeMs) ?? HOUR_MS,
    metadataServer: resolveMetadataServer(options.metadataServer ?? {}, instances[0]?.name.project ?? ''),
    isMachineAccountGiven: options.metadataServer?.serviceAccount !== undefined,
    defaultRoles,
    clock: options.clock ?? systemClock,
    log: options.log ?? (() => {}),
  };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function resolveInstance(given: string | InstanceOptions): ResolvedInstance {
  const options: InstanceOptions = typeof given === 'string' ? { uri: given } : given;
  const { uri, type = 'PRIMARY', publicIp = false, pscDnsName, pscAutoDnsName } = options;
  const { requireConnectors = false, sslMode = 'ENCRYPTED_ONLY', connectionPooling = false, nodeCount = 1 } = options;
  if (!isSslMode(sslMode)) {
    throw new EmulatorError('INVALID_OPTION', `Cannot use "${String(sslMode)}" as the SSL mode of an instance`, {
      hint: `the modes are ${SSL_MODES.join(', ')}`,
    });
  }
  const told = { requireConnectors, sslMode, connectionPooling, nodeCount };
  return { name: parseInstanceName(uri), type, publicIp, pscDnsName, pscAutoDnsName, ...told };
}

function resolveMetadataServer(options: MetadataServerOptions, project: string): Required<MetadataServerOptions> {
  const { serviceAccount = serviceAccountOf('compute', project), scopes = [CLOUD_PLATFORM_SCOPE] } = options;
  return { serviceAccount: checkPrincipal(serviceAccount), scopes };
}

function port(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new EmulatorError('INVALID_OPTION', `Cannot use ${value} as ${option}: not a port number`);
}

function life(option: string, value: number | undefined): number | undefined {
  if (value === undefined || value > 0) return value;
  throw new EmulatorError('INVALID_OPTION', `Cannot use ${value} as ${option}: not a positive number of milliseconds`);
}
