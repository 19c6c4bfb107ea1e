// Who has which roles: everywhere, as if from an organisation above all projects, or by the policy of a resource.

import { type Clock, systemClock } from '../clock.ts';
import { EmulatorError } from '../emulator-error.ts';
import { isMet } from './condition.ts';
import { memberOf, standsFor } from './member.ts';
import type { Permission } from './permissions.ts';
import { serviceAccountResource } from './principal.ts';
import { ResourcePolicy } from './resource-policy.ts';
import { isPredefinedRole, isRole, permissionsOf, type CustomRole, type Role } from './roles.ts';

/** A role, everywhere unless `on` says where: `projects/P` or `projects/-/serviceAccounts/EMAIL`. */
export type Grant = Role | { readonly role: Role; readonly on: string };

export class Policy {
  readonly #defaultRoles: readonly Role[];
  readonly #clock: Clock;
  /** By principal. */
  readonly #everywhere = new Map<string, Set<Role>>();
  readonly #resources = new Map<string, ResourcePolicy>();
  readonly #customRoles = new Map<string, readonly Permission[]>();

  constructor(defaultRoles: readonly Role[], clock: Clock = systemClock) {
    this.#defaultRoles = defaultRoles;
    this.#clock = clock;
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  grant(principal: string, grant: Grant): void {
    const { role, on } = readGrant(grant);
    if (on === undefined) this.#everywhereOf(principal).add(role);
    else this.of(on).add(role, memberOf(principal));
  }

  /** Takes back just what was granted: a role on one resource does not go with the same role everywhere. */
  revoke(principal: string, grant: Grant): void {
    const { role, on } = readGrant(grant);
    if (on === undefined) this.#everywhereOf(principal).delete(role);
    else this.of(on).remove(role, memberOf(principal));
  }

  /** Whoever has the role may do just this from now on. */
  defineRole(role: CustomRole, permissions: readonly Permission[]): void {
    this.#customRoles.set(role, permissions);
  }

  /** The principal is gone: what it had is kept under the name given, and whoever comes after it starts anew. */
  forget(principal: string, name: string): void {
    this.#everywhere.delete(principal);
    for (const policy of this.#resources.values()) policy.rename(memberOf(principal), name);
  }

  /** The policy of `projects/P` or `projects/P/serviceAccounts/EMAIL`. */
  of(resource: string): ResourcePolicy {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    const policy = new ResourcePolicy();
    this.#resources.set(resource, policy);
    return policy;
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return {
      everywhere: [...this.#everywhere].map(([principal, roles]) => [principal, [...roles]] as const),
      resources: [...this.#resources].map(([on, policy]) => [on, policy.snapshot()] as const),
      customRoles: [...this.#customRoles],
    };
  }

  restore(saved: ReturnType<Policy['snapshot']>): void {
    for (const [principal, roles] of saved.everywhere) this.#everywhere.set(principal, new Set(roles));
    for (const [on, policy] of saved.resources) this.of(on).restore(policy);
    for (const [role, permissions] of saved.customRoles) this.#customRoles.set(role, permissions);
  }

  /** `resource` is a name such as `projects/P/locations/L/clusters/C`. */
  allows(principal: string, permission: Permission, resource: string): boolean {
    if ([...this.#everywhereOf(principal)].some((role) => this.#grants(role, permission))) return true;
    const now = this.#clock.now();
    return [...this.#resources].some(
      ([on, policy]) =>
        (resource === on || resource.startsWith(`${on}/`)) &&
        policy.bindings.some(
          ({ role, members, condition }) =>
            this.#grants(role, permission) &&
            members.some((member) => standsFor(member, principal)) &&
            isMet(condition, now),
        ),
    );
  }

  #grants(role: string, permission: Permission): boolean {
    const permissions = isPredefinedRole(role) ? permissionsOf(role) : this.#customRoles.get(role);
    return permissions?.includes(permission) ?? false;
  }

  #everywhereOf(principal: string): Set<Role> {
    const known = this.#everywhere.get(principal);
    if (known !== undefined) return known;
    const roles = new Set(this.#defaultRoles);
    this.#everywhere.set(principal, roles);
    return roles;
  }
}

function readGrant(grant: Grant): { readonly role: Role; readonly on: string | undefined } {
  const { role, on } = typeof grant === 'string' ? { role: grant, on: undefined } : grant;
  // Callers in JavaScript are not checked by a compiler.
  if (!isRole(role)) throw new EmulatorError('INVALID_OPTION', `Cannot use unknown role "${String(role)}"`);
  if (on === undefined || /^projects\/[^/\s-][^/\s]*$/.test(on)) return { role, on };
  const email = /^projects\/[^/]+\/serviceAccounts\/([^/\s]+@[^/\s]+)$/.exec(on)?.[1];
  if (email !== undefined) return { role, on: serviceAccountResource(email) };
  throw new EmulatorError('INVALID_OPTION', `Cannot grant a role on "${on}"`, {
    hint: 'write it as projects/PROJECT or projects/-/serviceAccounts/EMAIL',
  });
}
