// The policy of one resource, a project or a service account: its bindings, and the etag that changes with them.

import { randomBytes } from 'node:crypto';
import type { Condition } from './condition.ts';

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

export class ResourcePolicy {
  #bindings: readonly Binding[] = [];
  #etag = newEtag();

  get bindings(): readonly Binding[] {
    return this.#bindings;
  }

  get etag(): string {
    return this.#etag;
  }

  get hasConditions(): boolean {
    return this.#bindings.some(({ condition }) => condition !== undefined);
  }

  /** Bindings of the same role under the same condition become one. */
  replace(bindings: readonly Binding[]): void {
    const merged = new Map<string, Binding>();
    for (const binding of bindings) {
      const key = JSON.stringify([binding.role, binding.condition]);
      const members = new Set([...(merged.get(key)?.members ?? []), ...binding.members]);
      if (members.size > 0) merged.set(key, { ...binding, members: [...members] });
    }
    this.#bindings = [...merged.values()];
    this.#etag = newEtag();
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return { bindings: this.#bindings, etag: this.#etag };
  }

  restore({ bindings, etag }: ReturnType<ResourcePolicy['snapshot']>): void {
    this.#bindings = bindings;
    this.#etag = etag;
  }

  add(role: string, member: string): void {
    this.replace([...this.#bindings, { role, members: [member] }]);
  }

  /** Conditional bindings of the same role stay. */
  remove(role: string, member: string): void {
    this.replace(
      this.#bindings.map((binding) =>
        binding.role === role && binding.condition === undefined ? without(binding, member) : binding,
      ),
    );
  }

  /** The member is called something else from now on. */
  rename(member: string, name: string): void {
    if (!this.#bindings.some(({ members }) => members.includes(member))) return;
    this.replace(
      this.#bindings.map((binding) => ({
        ...binding,
        members: binding.members.map((one) => (one === member ? name : one)),
      })),
    );
  }
}

function without(binding: Binding, member: string): Binding {
  return { ...binding, members: binding.members.filter((one) => one !== member) };
}

function newEtag(): string {
  return randomBytes(9).toString('base64');
}
