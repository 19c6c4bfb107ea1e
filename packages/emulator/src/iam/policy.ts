// Who has which roles: one policy for all projects of the emulator.

import { roleGrants, type Permission, type Role } from './roles.ts';

export class Policy {
  readonly #defaultRoles: readonly Role[];
  readonly #bindings = new Map<string, Set<Role>>();

  constructor(defaultRoles: readonly Role[]) {
    this.#defaultRoles = defaultRoles;
  }

  grant(principal: string, role: Role): void {
    this.#rolesOf(principal).add(role);
  }

  revoke(principal: string, role: Role): void {
    this.#rolesOf(principal).delete(role);
  }

  allows(principal: string, permission: Permission): boolean {
    return [...this.#rolesOf(principal)].some((role) => roleGrants(role, permission));
  }

  #rolesOf(principal: string): Set<Role> {
    const known = this.#bindings.get(principal);
    if (known !== undefined) return known;
    const roles = new Set(this.#defaultRoles);
    this.#bindings.set(principal, roles);
    return roles;
  }
}
