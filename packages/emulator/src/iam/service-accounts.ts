// The service accounts: those of tests, which are there at first sight, and those that callers of the API have created.

import { randomBytes } from 'node:crypto';
import type { Projects } from '../projects.ts';
import { deletedMember } from './member.ts';
import type { Policy } from './policy.ts';
import { isServiceAccount, projectOf } from './principal.ts';
import type { ServiceAccountKeys } from './service-account-keys.ts';

export interface ServiceAccount {
  readonly email: string;
  readonly project: string;
  /** 21 digits; an account that is created again under the same e-mail has another. */
  readonly uniqueId: string;
  readonly displayName: string;
  readonly description: string;
  readonly disabled: boolean;
}

export interface ServiceAccountsParts {
  readonly projects: Projects;
  readonly policy: Policy;
  readonly keys: ServiceAccountKeys;
}

export class ServiceAccounts {
  readonly #parts: ServiceAccountsParts;
  readonly #accounts = new Map<string, ServiceAccount>();
  readonly #deleted = new Set<string>();

  constructor(parts: ServiceAccountsParts) {
    this.#parts = parts;
  }

  /** The account, which is made when nobody has heard of it yet. Undefined for people, and for an account that was deleted. */
  mention(principal: string): ServiceAccount | undefined {
    if (!isServiceAccount(principal) || this.#deleted.has(principal)) return undefined;
    return this.#accounts.get(principal) ?? this.create(principal, {});
  }

  create(email: string, texts: { readonly displayName?: string; readonly description?: string }): ServiceAccount {
    const { displayName = '', description = '' } = texts;
    const project = this.#parts.projects.mention(projectOf(email)).id;
    const uniqueId = `1${(randomBytes(10).readBigUInt64BE() % 10n ** 19n).toString().padStart(20, '0')}`;
    const account = { email, project, uniqueId, displayName, description, disabled: false };
    this.#deleted.delete(email);
    this.#accounts.set(email, account);
    return account;
  }

  /** By e-mail or unique ID. */
  find(name: string): ServiceAccount | undefined {
    return this.#accounts.get(name) ?? [...this.#accounts.values()].find(({ uniqueId }) => uniqueId === name);
  }

  list(project: string): readonly ServiceAccount[] {
    return [...this.#accounts.values()].filter((account) => account.project === project);
  }

  change(account: ServiceAccount, fields: Partial<Pick<ServiceAccount, 'displayName' | 'description' | 'disabled'>>) {
    const changed: ServiceAccount = { ...account, ...fields };
    this.#accounts.set(account.email, changed);
    return changed;
  }

  /** Its keys go with it, and what it was granted is nobody's. */
  delete(account: ServiceAccount): void {
    const { policy, keys } = this.#parts;
    this.#accounts.delete(account.email);
    this.#deleted.add(account.email);
    keys.deleteAll(account.email);
    policy.forget(account.email, deletedMember(account));
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return { accounts: [...this.#accounts.values()], deleted: [...this.#deleted] };
  }

  restore({ accounts, deleted }: ReturnType<ServiceAccounts['snapshot']>): void {
    for (const account of accounts) this.#accounts.set(account.email, account);
    for (const email of deleted) this.#deleted.add(email);
  }

  isDeleted(email: string): boolean {
    return this.#deleted.has(email);
  }

  /** Whether the principal may act at all: a service account that is disabled or gone may not. */
  isActive(principal: string): boolean {
    return !this.#deleted.has(principal) && this.#accounts.get(principal)?.disabled !== true;
  }
}
