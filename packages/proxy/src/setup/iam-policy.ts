// A project's IAM policy as a value: which roles a member has, and the same policy with more or fewer of them.

/** Whatever else the API says of it is kept as it is. */
export interface IamPolicy {
  readonly bindings: readonly Binding[];
  /** Changes with every change of the policy; a write with an old one is refused. */
  readonly etag?: unknown;
  readonly version?: unknown;
  readonly [field: string]: unknown;
}

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  /** Only while it is met does the binding count. */
  readonly condition?: unknown;
}

/** Policies with conditions can only be read and written as this version. */
export const policyVersion = 3;

export function readPolicy(value: Readonly<Record<string, unknown>>): IamPolicy {
  const bindings = Array.isArray(value['bindings']) ? value['bindings'] : [];
  return { ...value, bindings: bindings.map((binding) => readBinding(binding as Readonly<Record<string, unknown>>)) };
}

function readBinding(value: Readonly<Record<string, unknown>>): Binding {
  const members = Array.isArray(value['members']) ? value['members'] : [];
  return { ...value, role: String(value['role']), members: members.map(String) };
}

/** Those that the member has without a condition. */
export function rolesOf({ bindings }: IamPolicy, member: string): readonly string[] {
  const granted = bindings.filter((binding) => isUnconditional(binding) && binding.members.includes(member));
  return [...new Set(granted.map(({ role }) => role))];
}

/** Those that it has, always or under a condition. */
export function allRolesOf({ bindings }: IamPolicy, member: string): readonly string[] {
  const granted = bindings.filter(({ members }) => members.includes(member));
  return [...new Set(granted.map(({ role }) => role))];
}

/** A binding with a condition is never touched: the same role without one stands beside it. */
export function withRoles(policy: IamPolicy, member: string, roles: readonly string[]): IamPolicy {
  const had = rolesOf(policy, member);
  const bindings = [...policy.bindings];
  for (const role of roles.filter((each) => !had.includes(each))) {
    const at = bindings.findIndex((binding) => isUnconditional(binding) && binding.role === role);
    const found = bindings[at];
    if (found === undefined) bindings.push({ role, members: [member] });
    else bindings[at] = { ...found, members: [...found.members, member] };
  }
  return { ...policy, bindings };
}

export function withoutRoles(policy: IamPolicy, member: string, roles: readonly string[]): IamPolicy {
  const bindings = policy.bindings.map((binding) =>
    isUnconditional(binding) && roles.includes(binding.role)
      ? { ...binding, members: binding.members.filter((each) => each !== member) }
      : binding,
  );
  return { ...policy, bindings: bindings.filter(({ members }) => members.length > 0) };
}

function isUnconditional({ condition }: Binding): boolean {
  return condition === undefined || condition === null;
}
