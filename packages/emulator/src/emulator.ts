// The handle to a running emulator: what a test or the program does with it.

import { EmulatorError } from './emulator-error.ts';
import type { EmulatorGrpc, EmulatorInstance, EmulatorPostgres } from './endpoints.ts';
import type { Controls } from './control-api/controls.ts';
import type { BreakOrder, ConnectionRuleOrder, InstanceStateOrder } from './control-api/read-order.ts';
import type { FaultOrder } from './faults/fault.ts';
import { type AccessTokens, CLOUD_PLATFORM_SCOPE } from './iam/access-tokens.ts';
import type { IamControls, ServiceStateOrder } from './iam/iam-controls.ts';
import { writeKeyFile } from './iam/key-file.ts';
import type { Grant, Policy } from './iam/policy.ts';
import { checkPrincipal, serviceAccountResource } from './iam/principal.ts';
import type { CustomRole } from './iam/roles.ts';
import type { ServiceAccountKey, ServiceAccountKeys } from './iam/service-account-keys.ts';
import type { ServiceAccounts } from './iam/service-accounts.ts';
import type { Fleet } from './fleet.ts';
import type {
  AuthorizedUserCredentials,
  CredentialFiles,
  Credentials,
  ExternalAccountCredentials,
  ExternalAccountOptions,
  ExternalAccountUserCredentials,
  ImpersonatedCredentials,
  ImpersonationOptions,
  UserLoginOptions,
} from './oauth/credential-files.ts';
import type { LoginEnd, UserLogins } from './oauth/user-logins.ts';
import type { WorkloadPool } from './oauth/workload-pool.ts';
import type { DatabaseUser, DatabaseUsers } from './postgres/database-users.ts';
import type { Statistics } from './statistics.ts';

/** What is done to clusters and instances; names are `projects/P/locations/L/clusters/C` and instance URIs. */
export type FleetControls = Pick<
  Controls,
  | 'createCluster'
  | 'createInstance'
  | 'deleteCluster'
  | 'deleteInstance'
  | 'failOver'
  | 'promote'
  | 'restartInstance'
  | 'status'
  | 'switchOver'
>;

export interface EmulatorParts {
  readonly apiEndpoint: string;
  readonly grpc: EmulatorGrpc | undefined;
  readonly fleet: Fleet;
  readonly postgres: EmulatorPostgres;
  readonly controls: Controls;
  readonly users: DatabaseUsers;
  readonly keys: ServiceAccountKeys;
  readonly tokens: AccessTokens;
  readonly logins: UserLogins;
  readonly pool: WorkloadPool;
  readonly credentialFiles: CredentialFiles;
  readonly policy: Policy;
  readonly accounts: ServiceAccounts;
  readonly iam: IamControls;
  readonly tokenLifeMs: number;
  /** Called when something that is kept may have changed. */
  readonly changed: () => void;
  readonly close: () => Promise<void>;
}

export class Emulator implements AsyncDisposable {
  /**
   * URL of the Admin API, `http://127.0.0.1:PORT`. Below it are the token endpoint (`/token`), those of the Security Token
   * Service, IAM, IAM Credentials, Resource Manager, Service Usage, the metadata server and the control API (`/faults` …).
   */
  readonly apiEndpoint: string;
  /** Undefined unless the option `grpcPort` was given. */
  readonly grpc: EmulatorGrpc | undefined;
  /** Host and port of the metadata server, for the environment variable `GCE_METADATA_HOST`. */
  readonly metadataHost: string;
  readonly postgres: EmulatorPostgres;
  readonly #parts: EmulatorParts;
  #closed: Promise<void> | undefined;

  /** Use `startEmulator`. */
  constructor(parts: EmulatorParts) {
    this.#parts = parts;
    this.apiEndpoint = parts.apiEndpoint;
    this.grpc = parts.grpc;
    this.metadataHost = new URL(parts.apiEndpoint).host;
    this.postgres = parts.postgres;
  }

  /** Those that there are now. */
  get instances(): readonly EmulatorInstance[] {
    return this.#parts.fleet.instances.map(({ name, ...instance }) => ({ uri: name.uri, ...instance }));
  }

  /** Superuser of the database, usable through the proxies as well. */
  get superuser(): { readonly user: string; readonly password: string } {
    const { user, password } = this.postgres;
    return { user, password };
  }

  /**
   * Makes a key for the service account, a new one each time.
   *
   * @throws EmulatorError `INVALID_OPTION` when `email` is no e-mail address, or belongs to an account that was deleted.
   */
  async serviceAccountKey(email: string): Promise<ServiceAccountKey> {
    this.#checkOpen();
    const account = this.#parts.iam.accountForKey(this.#principal(email));
    return this.#kept(await this.#parts.keys.mint({ ...account, apiEndpoint: this.apiEndpoint }));
  }

  /**
   * Writes a new key to a file that only its owner can read. A file that is already there is replaced only when an emulator
   * wrote it.
   *
   * @throws EmulatorError `KEY_FILE` or `INVALID_OPTION`
   */
  async writeServiceAccountKey(path: string, email: string): Promise<ServiceAccountKey> {
    const key = await this.serviceAccountKey(email);
    await this.writeCredentials(path, key);
    return key;
  }

  /** A person's login, a new one each time. @throws EmulatorError `INVALID_OPTION` */
  authorizedUserCredentials(principal: string, options: UserLoginOptions = {}): AuthorizedUserCredentials {
    this.#checkOpen();
    return this.#kept(this.#parts.credentialFiles.authorizedUser(this.#principal(principal), options));
  }

  /** A login through a workforce pool, a new one each time. @throws EmulatorError `INVALID_OPTION` */
  externalAccountUserCredentials(principal: string, options: UserLoginOptions = {}): ExternalAccountUserCredentials {
    this.#checkOpen();
    return this.#kept(this.#parts.credentialFiles.externalAccountUser(this.#principal(principal), options));
  }

  /** Ends all logins of a person so far: each further refresh is refused. */
  endLogins(principal: string, how: LoginEnd = 'revoked'): void {
    this.#kept(this.#parts.logins.end(this.#principal(principal), how));
  }

  /**
   * A workload outside Google. Its principal is {@link workloadPrincipal}, and needs {@link allowImpersonation} to act as a
   * service account.
   *
   * @throws EmulatorError `KEY_FILE` when the subject token cannot be written.
   */
  async externalAccountCredentials(options: ExternalAccountOptions): Promise<ExternalAccountCredentials> {
    this.#checkOpen();
    return this.#kept(await this.#parts.credentialFiles.externalAccount(options));
  }

  /** The principal of a workload with this subject. */
  workloadPrincipal(subject: string): string {
    return this.#parts.pool.principalOf(subject);
  }

  /** What the workload's own identity provider would give it, for the token exchange. A negative life makes an expired one. */
  mintSubjectToken(subject: string, options: { readonly expiresInSeconds?: number } = {}): string {
    this.#checkOpen();
    return this.#kept(this.#parts.pool.mintSubjectToken(subject, (options.expiresInSeconds ?? 3600) * 1000));
  }

  /** Grants nothing: each member of the chain needs {@link allowImpersonation} on the next. */
  impersonatedServiceAccountCredentials(options: ImpersonationOptions): ImpersonatedCredentials {
    this.#checkOpen();
    return this.#parts.credentialFiles.impersonated(options);
  }

  /** Writes credentials of any type under the rules of {@link writeServiceAccountKey}. @throws EmulatorError `KEY_FILE` */
  async writeCredentials(path: string, credentials: Credentials): Promise<void> {
    await writeKeyFile(path, credentials);
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
    return this.#kept(this.#parts.tokens.mint({ principal: this.#principal(principal), scopes, lifeMs }));
  }

  /** A user with a password, random by default. @throws EmulatorError `DATABASE_REFUSED` */
  async createDatabaseUser(user: { readonly name: string; readonly password?: string }): Promise<DatabaseUser> {
    this.#checkOpen();
    return this.#kept(await this.#parts.users.createBuiltIn(user));
  }

  /**
   * An IAM user: the PostgreSQL role and, unless told otherwise, the IAM roles alloydb.client and alloydb.databaseUser for the
   * principal, everywhere.
   *
   * @returns the name of the database user.
   * @throws EmulatorError `DATABASE_REFUSED` or `INVALID_OPTION`
   */
  async createIamUser(principal: string, options: { readonly grantRoles?: boolean } = {}): Promise<string> {
    this.#checkOpen();
    return this.#kept(await this.#parts.iam.createIamUser(principal, this.#parts.users, options));
  }

  /**
   * A role everywhere, as if from an organisation above, or `{ role, on }` in the policy of one project or service account,
   * which is the one that callers of getIamPolicy and setIamPolicy see.
   *
   * @throws EmulatorError `INVALID_OPTION`
   */
  grantRole(principal: string, grant: Grant): void {
    this.#kept(this.#parts.policy.grant(this.#principal(principal), grant));
  }

  /** Takes back just what {@link grantRole} was told. @throws EmulatorError `INVALID_OPTION` */
  revokeRole(principal: string, grant: Grant): void {
    this.#kept(this.#parts.policy.revoke(this.#principal(principal), grant));
  }

  /** Grants `actor` roles/iam.serviceAccountTokenCreator on a service account. @throws EmulatorError `INVALID_OPTION` */
  allowImpersonation(actor: string, serviceAccount: string): void {
    this.grantRole(actor, {
      role: 'roles/iam.serviceAccountTokenCreator',
      on: serviceAccountResource(this.#principal(serviceAccount)),
    });
  }

  /**
   * Makes a project's own role, with just these permissions; {@link grantRole} gives it like any other. May be called again to
   * change it.
   *
   * @throws EmulatorError `INVALID_OPTION`
   */
  defineRole(role: CustomRole, permissions: readonly string[]): void {
    this.#kept(this.#parts.iam.defineRole(role, permissions));
  }

  /** It is there, whether it was before or not. @throws EmulatorError `INVALID_OPTION` */
  addServiceAccount(email: string, options: { readonly disabled?: boolean } = {}): void {
    this.disableServiceAccount(this.#principal(email), options.disabled ?? false);
  }

  /** Its keys and tokens are refused, and what it was granted is nobody's. @throws EmulatorError `INVALID_OPTION` */
  deleteServiceAccount(email: string): void {
    this.#kept(this.#parts.iam.deleteServiceAccount(email));
  }

  /** Its keys and tokens are refused until it is enabled again. @throws EmulatorError `INVALID_OPTION` */
  disableServiceAccount(email: string, disabled = true): void {
    this.#kept(this.#parts.iam.disableServiceAccount(email, disabled));
  }

  /** By `private_key_id`. Tokens that were got with it are good until they end. @throws EmulatorError `INVALID_OPTION` */
  deleteServiceAccountKey(keyId: string): void {
    this.#kept(this.#parts.iam.deleteServiceAccountKey(keyId));
  }

  /** The organisation policy iam.disableServiceAccountKeyCreation, by default of the first instance's project. */
  disableKeyCreation(disabled = true, project?: string): void {
    this.#kept(this.#parts.iam.disableKeyCreation(disabled, project));
  }

  /** Switches one of Google's APIs on or off: all of them are on at the start. @throws EmulatorError `INVALID_OPTION` */
  setServiceState(order: ServiceStateOrder): void {
    this.#kept(this.#parts.iam.setServiceState(order));
  }

  /**
   * Replaces the certificate authority of a cluster, named as `projects/P/locations/L/clusters/C` or by one of its instances:
   * old client certificates are refused, and a new server certificate is shown. Open connections go on.
   *
   * @throws EmulatorError `UNKNOWN_INSTANCE`
   */
  async rotateCa(clusterOrInstance: string): Promise<void> {
    this.#checkOpen();
    await this.#parts.controls.rotateCa(clusterOrInstance);
  }

  /**
   * Orders a fault; several wait for their turn in the order in which they were added.
   *
   * @throws EmulatorError `INVALID_OPTION` or `UNKNOWN_INSTANCE`
   */
  addFault(fault: FaultOrder): void {
    this.#parts.controls.addFaults([fault]);
  }

  /** The faults that have not happened yet; `times` is what is left of each. */
  pendingFaults(): readonly FaultOrder[] {
    return this.#parts.controls.pendingFaults();
  }

  clearFaults(): void {
    this.#parts.controls.clearFaults();
  }

  /**
   * Breaks the sessions that have reached PostgreSQL, at one instance or at all.
   *
   * @returns how many there were.
   * @throws EmulatorError `UNKNOWN_INSTANCE`
   */
  breakConnections(order: BreakOrder): number {
    return this.#parts.controls.breakConnections(order);
  }

  /**
   * What the API says of an instance. One that is `STOPPED` refuses connections as well, and ends those that are open; any
   * other state lets it listen again.
   *
   * @throws EmulatorError `UNKNOWN_INSTANCE` or `INVALID_OPTION`
   */
  async setInstanceState(order: InstanceStateOrder): Promise<void> {
    await this.#parts.controls.setInstanceState(order);
  }

  /** Creating, deleting, failover and switchover of clusters and instances, and what there is of them. */
  get fleet(): FleetControls {
    return this.#parts.controls;
  }

  /**
   * Changes what an instance asks of new connections to its own PostgreSQL port, as a PATCH of it would.
   *
   * @throws EmulatorError `UNKNOWN_INSTANCE` or `INVALID_OPTION`
   */
  setConnectionRule(order: ConnectionRuleOrder): void {
    this.#parts.controls.setConnectionRule(order);
  }

  /**
   * PEM of the root that the server certificates of a cluster lead to at the moment, for clients that verify them.
   *
   * @throws EmulatorError `UNKNOWN_INSTANCE`
   */
  caCertificate(clusterOrInstance: string): string {
    return this.#parts.controls.caCertificate(clusterOrInstance);
  }

  /** Lists leave the region out and name it; calls about it answer 503. Its instances still take connections. */
  setRegionUnreachable(region: string, unreachable = true): void {
    this.#parts.controls.setRegionUnreachable({ region, unreachable });
  }

  statistics(): Statistics {
    return this.#parts.controls.statistics();
  }

  /** Stops everything and removes every file. May be called more than once. */
  async close(): Promise<void> {
    this.#closed ??= this.#parts.close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Service accounts that are named here for the first time are there from now on. */
  #principal(text: string): string {
    const principal = checkPrincipal(text);
    this.#parts.accounts.mention(principal);
    return principal;
  }

  /** What was just done outlives the process, where there is a folder for it. */
  #kept<T>(value: T): T {
    this.#parts.changed();
    return value;
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EmulatorError('CLOSED', 'Cannot use the emulator: it has been closed');
  }
}
