// The handle to a running emulator: what a test or the program does with it.

import { EmulatorError } from './emulator-error.ts';
import type { Cluster } from './cluster.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import type { FaultOrder } from './faults/fault.ts';
import { type AccessTokens, CLOUD_PLATFORM_SCOPE } from './iam/access-tokens.ts';
import { writeKeyFile } from './iam/key-file.ts';
import type { Policy } from './iam/policy.ts';
import { checkPrincipal } from './iam/principal.ts';
import type { Role } from './iam/roles.ts';
import type { ServiceAccountKey, ServiceAccountKeys } from './iam/service-account-keys.ts';
import type { Instance } from './instance.ts';
import type { InstanceType } from './options.ts';
import type { DatabaseUser, DatabaseUsers } from './postgres/database-users.ts';
import type { Database } from './postgres/database.ts';
import type { Statistics, StatisticsCounter } from './statistics.ts';

export interface EmulatorInstance {
  /** `projects/P/locations/L/clusters/C/instances/I` */
  readonly uri: string;
  readonly uid: string;
  readonly type: InstanceType;
  /** The private IP address, a loopback address of its own. */
  readonly address: string;
  /** 5433 unless the machine has only one loopback address (macOS); then clients must be told to dial this port. */
  readonly port: number;
  readonly publicAddress: string | undefined;
  readonly publicPort: number | undefined;
  /** With the dot at its end, as connectionInfo has it. */
  readonly pscDnsName: string | undefined;
  readonly pscAutoDnsName: string | undefined;
}

/** The PostgreSQL behind all instances, for those who want to go there directly. */
export interface EmulatorPostgres extends Database {
  /** Such as `postgres (PostgreSQL) 18.4`; undefined with a database URL. */
  readonly version: string | undefined;
  /** Where its data lies; undefined with a database URL. */
  readonly folder: string | undefined;
}

export interface EmulatorParts {
  readonly apiEndpoint: string;
  readonly instances: readonly Instance[];
  readonly postgres: EmulatorPostgres;
  /** By cluster name. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly users: DatabaseUsers;
  readonly keys: ServiceAccountKeys;
  readonly tokens: AccessTokens;
  readonly policy: Policy;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
  readonly tokenLifeMs: number;
  readonly close: () => Promise<void>;
}

export class Emulator implements AsyncDisposable {
  /** URL of the Admin API, `http://127.0.0.1:PORT`; the token endpoint is `/token` below it. */
  readonly apiEndpoint: string;
  readonly instances: readonly EmulatorInstance[];
  readonly postgres: EmulatorPostgres;
  readonly #parts: EmulatorParts;
  #closed: Promise<void> | undefined;

  /** Use `startEmulator`. */
  constructor(parts: EmulatorParts) {
    this.#parts = parts;
    this.apiEndpoint = parts.apiEndpoint;
    this.postgres = parts.postgres;
    this.instances = parts.instances.map(({ name, ...instance }) => ({ uri: name.uri, ...instance }));
  }

  /** Superuser of the database, usable through the proxies as well. */
  get superuser(): { readonly user: string; readonly password: string } {
    const { user, password } = this.postgres;
    return { user, password };
  }

  /**
   * Makes a key for the service account, a new one each time.
   *
   * @throws EmulatorError `INVALID_OPTION` when `email` is no e-mail address.
   */
  async serviceAccountKey(email: string): Promise<ServiceAccountKey> {
    this.#checkOpen();
    return this.#parts.keys.mint({ email: checkPrincipal(email), apiEndpoint: this.apiEndpoint });
  }

  /**
   * Writes a new key to a file that only its owner can read. A file that is already there is replaced only when an emulator
   * wrote it.
   *
   * @throws EmulatorError `KEY_FILE` or `INVALID_OPTION`
   */
  async writeServiceAccountKey(path: string, email: string): Promise<ServiceAccountKey> {
    const key = await this.serviceAccountKey(email);
    await writeKeyFile(path, key);
    return key;
  }

  /**
   * Gives out an access token without further questions. Scope cloud-platform unless told otherwise; a negative life makes a
   * token that has expired.
   */
  mintToken(
    principal: string,
    options: { readonly expiresInSeconds?: number; readonly scopes?: readonly string[] } = {},
  ): string {
    this.#checkOpen();
    const { expiresInSeconds, scopes = [CLOUD_PLATFORM_SCOPE] } = options;
    const lifeMs = expiresInSeconds === undefined ? this.#parts.tokenLifeMs : expiresInSeconds * 1000;
    return this.#parts.tokens.mint({ principal: checkPrincipal(principal), scopes, lifeMs });
  }

  /** A user with a password, random by default. @throws EmulatorError `DATABASE_REFUSED` */
  async createDatabaseUser(user: { readonly name: string; readonly password?: string }): Promise<DatabaseUser> {
    this.#checkOpen();
    return this.#parts.users.createBuiltIn(user);
  }

  /**
   * An IAM user: the PostgreSQL role, and the IAM roles alloydb.client and alloydb.databaseUser for the principal.
   *
   * @returns the name of the database user.
   * @throws EmulatorError `DATABASE_REFUSED` or `INVALID_OPTION`
   */
  async createIamUser(principal: string): Promise<string> {
    this.#checkOpen();
    const name = await this.#parts.users.createIam(checkPrincipal(principal));
    this.grantRole(principal, 'roles/alloydb.client');
    this.grantRole(principal, 'roles/alloydb.databaseUser');
    return name;
  }

  grantRole(principal: string, role: Role): void {
    this.#parts.policy.grant(checkPrincipal(principal), role);
  }

  revokeRole(principal: string, role: Role): void {
    this.#parts.policy.revoke(checkPrincipal(principal), role);
  }

  /**
   * Replaces the certificate authority of a cluster, named as `projects/P/locations/L/clusters/C` or by one of its instances:
   * old client certificates are refused, and a new server certificate is shown. Open connections go on.
   *
   * @throws EmulatorError `UNKNOWN_INSTANCE`
   */
  async rotateCa(clusterOrInstance: string): Promise<void> {
    this.#checkOpen();
    const cluster = this.#parts.clusters.get(clusterOrInstance.replace(/\/instances\/[^/]+$/, ''));
    if (cluster === undefined) {
      throw new EmulatorError(
        'UNKNOWN_INSTANCE',
        `Cannot rotate the authority of "${clusterOrInstance}": no such cluster`,
      );
    }
    await cluster.rotateCa();
  }

  /** Orders a fault; several wait for their turn in the order in which they were added. */
  addFault(fault: FaultOrder): void {
    this.#parts.faults.add(fault);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  statistics(): Statistics {
    return this.#parts.statistics.snapshot(this.instances.map(({ uri }) => uri));
  }

  /** Stops everything and removes every file. May be called more than once. */
  async close(): Promise<void> {
    this.#closed ??= this.#parts.close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EmulatorError('CLOSED', 'Cannot use the emulator: it has been closed');
  }
}
