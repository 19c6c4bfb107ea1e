// What tests change in accounts, keys and projects without asking for a permission.

import { EmulatorError } from '../emulator-error.ts';
import { isServiceName, type Project, type Projects, type ServiceName, type ServiceState } from '../projects.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import { isPermission } from './permissions.ts';
import type { Policy } from './policy.ts';
import { checkPrincipal } from './principal.ts';
import { isCustomRole, type CustomRole } from './roles.ts';
import type { ServiceAccountKey, ServiceAccountKeys } from './service-account-keys.ts';
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts';

export interface ServiceStateOrder {
  readonly service: ServiceName;
  readonly state: ServiceState;
  /** Default: the project of the first instance. */
  readonly project?: string;
}

export interface IamControlsParts {
  readonly projects: Projects;
  readonly accounts: ServiceAccounts;
  readonly keys: ServiceAccountKeys;
  readonly policy: Policy;
}

export class IamControls {
  readonly #parts: IamControlsParts;

  constructor(parts: IamControlsParts) {
    this.#parts = parts;
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  setServiceState({ service, state, project }: ServiceStateOrder): void {
    const name: string = service;
    if (!isServiceName(name)) throw new EmulatorError('INVALID_OPTION', `Cannot change the unknown service "${name}"`);
    this.#parts.projects.setState(this.#project(project), name, state);
  }

  disableKeyCreation(disabled: boolean, project?: string): void {
    this.#parts.projects.disableKeyCreation(this.#project(project), disabled);
  }

  /** Whoever is to have a key has an account, be it a person's. @throws EmulatorError `INVALID_OPTION` for a deleted one. */
  accountForKey(email: string): ServiceAccount {
    const { accounts } = this.#parts;
    if (!accounts.isDeleted(email)) return accounts.find(email) ?? accounts.create(email, {});
    throw new EmulatorError('INVALID_OPTION', `Cannot make a key for "${email}": the account has been deleted`);
  }

  /**
   * A database user for the principal and, unless told otherwise, the two roles that its logins take, everywhere.
   *
   * @returns the name of the database user.
   * @throws EmulatorError `DATABASE_REFUSED` or `INVALID_OPTION`
   */
  async createIamUser(
    principal: string,
    users: DatabaseUsers,
    options: { readonly grantRoles?: boolean } = {},
  ): Promise<string> {
    const { accounts, policy } = this.#parts;
    const name = await users.createIam(checkPrincipal(principal));
    accounts.mention(principal);
    if (options.grantRoles === false) return name;
    policy.grant(principal, 'roles/alloydb.client');
    policy.grant(principal, 'roles/alloydb.databaseUser');
    return name;
  }

  /** A new key. @throws EmulatorError `INVALID_OPTION` */
  async createKey(email: string, apiEndpoint: string): Promise<ServiceAccountKey> {
    return this.#parts.keys.mint({ ...this.accountForKey(checkPrincipal(email)), apiEndpoint });
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  deleteServiceAccountKey(keyId: string): void {
    const { keys } = this.#parts;
    const key = keys.find(keyId);
    if (key === undefined) throw new EmulatorError('INVALID_OPTION', `Cannot delete the unknown key "${keyId}"`);
    keys.delete(key);
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  deleteServiceAccount(email: string): void {
    this.#parts.accounts.delete(this.#account(email));
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  disableServiceAccount(email: string, disabled: boolean): void {
    this.#parts.accounts.change(this.#account(email), { disabled });
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  defineRole(role: CustomRole, permissions: readonly string[]): void {
    if (!isCustomRole(role)) {
      throw new EmulatorError('INVALID_OPTION', `Cannot define the role "${String(role)}"`, {
        hint: 'write it as projects/PROJECT/roles/NAME',
      });
    }
    const stranger = permissions.find((permission) => !isPermission(permission));
    if (stranger !== undefined)
      throw new EmulatorError('INVALID_OPTION', `Cannot use unknown permission "${stranger}"`);
    this.#parts.policy.defineRole(role, permissions.filter(isPermission));
  }

  #project(name: string | undefined): Project {
    const { projects } = this.#parts;
    return name === undefined ? projects.first : projects.mention(name);
  }

  #account(email: string): ServiceAccount {
    const account = this.#parts.accounts.find(email);
    if (account !== undefined) return account;
    throw new EmulatorError('INVALID_OPTION', `Cannot find the service account "${email}"`);
  }
}
