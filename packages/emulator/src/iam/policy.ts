// Who has which roles, everywhere or on a resource and what lies below it.

import { EmulatorError } from '../emulator-error.ts';
import { serviceAccountResource } from './principal.ts';
import { isRole, roleGrants, type Permission, type Role } from './roles.ts';

/** A role, everywhere unless `on` says where: `projects/P` or `projects/-/serviceAccounts/EMAIL`. */
export type Grant = Role | { readonly role: Role; readonly on: string };

interface Binding {
  readonly role: Role;
  /** Undefined: everywhere. */
  readonly on: string | undefined;
}

export class Policy {
  readonly #defaultRoles: readonly Role[];
  readonly #bindings = new Map<string, Binding[]>();

  constructor(defaultRoles: readonly Role[]) {
    this.#defaultRoles = defaultRoles;
  }

  /** @throws EmulatorError `INVALID_OPTION` */
  grant(principal: string, grant: Grant): void {
    this.revoke(principal, grant);
    this.#bindingsOf(principal).push(readGrant(grant));
  }

  /** Takes back just what was granted: a role on one resource does not go with the same role everywhere. */
  revoke(principal: string, grant: Grant): void {
    const { role, on } = readGrant(grant);
    const others = this.#bindingsOf(principal).filter((binding) => binding.role !== role || binding.on !== on);
    this.#bindings.set(principal, others);
  }

  /** `resource` is a name such as `projects/P/locations/L/clusters/C`. */
  allows(principal: string, permission: Permission, resource: string): boolean {
    return this.#bindingsOf(principal).some(
      ({ role, on }) =>
        roleGrants(role, permission) && (on === undefined || resource === on || resource.startsWith(`${on}/`)),
    );
  }

  #bindingsOf(principal: string): Binding[] {
    const known = this.#bindings.get(principal);
    if (known !== undefined) return known;
    const bindings = this.#defaultRoles.map((role) => ({ role, on: undefined }));
    this.#bindings.set(principal, bindings);
    return bindings;
  }
}

function readGrant(grant: Grant): Binding {
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
