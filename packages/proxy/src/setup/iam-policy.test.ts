// Roles in a policy: added once, taken away without a trace, and never at the cost of a condition.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { allRolesOf, type IamPolicy, rolesOf, withoutRoles, withRoles } from './iam-policy.ts';

const role = fc.constantFrom('roles/a', 'roles/b', 'roles/c');
const member = fc.constantFrom('user:x', 'user:y', 'user:z');
const condition = fc.option(fc.constantFrom({ expression: 'true' }, { expression: 'false' }), { nil: undefined });
const binding = fc
  .record({ role, members: fc.uniqueArray(member, { minLength: 1 }), condition })
  .map(({ condition: found, ...rest }) => (found === undefined ? rest : { ...rest, condition: found }));
const policy: fc.Arbitrary<IamPolicy> = fc.record({ etag: fc.string(), bindings: fc.array(binding) });

const conditional = ({ bindings }: IamPolicy) => bindings.filter((each) => each.condition !== undefined);

test('withRoles gives the member those roles, and leaves everybody else and every condition as they were', () => {
  fc.assert(
    fc.property(policy, fc.uniqueArray(role), (before, roles) => {
      const changed = withRoles(before, 'user:x', roles);
      const expected = new Set([...rolesOf(before, 'user:x'), ...roles]);
      assert.deepEqual(new Set(rolesOf(changed, 'user:x')), expected);
      assert.deepEqual(conditional(changed), conditional(before));
      for (const other of ['user:y', 'user:z']) assert.deepEqual(allRolesOf(changed, other), allRolesOf(before, other));
      assert.deepEqual(withRoles(changed, 'user:x', roles), changed);
      assert.equal(changed.etag, before.etag);
    }),
  );
});

test('withoutRoles takes those roles from the member, and leaves everybody else and every condition as they were', () => {
  fc.assert(
    fc.property(policy, fc.uniqueArray(role), (before, roles) => {
      const changed = withoutRoles(before, 'user:x', roles);
      assert.deepEqual(
        rolesOf(changed, 'user:x'),
        rolesOf(before, 'user:x').filter((each) => !roles.some((taken) => taken === each)),
      );
      assert.deepEqual(conditional(changed), conditional(before));
      for (const other of ['user:y', 'user:z']) assert.deepEqual(allRolesOf(changed, other), allRolesOf(before, other));
      assert.ok(changed.bindings.every(({ members }) => members.length > 0));
    }),
  );
});

test('rolesOf does not count a role that holds under a condition', () => {
  const bindings = [{ role: 'roles/a', members: ['user:x'], condition: { expression: 'false' } }];
  assert.deepEqual(rolesOf({ bindings }, 'user:x'), []);
  assert.deepEqual(withRoles({ bindings }, 'user:x', ['roles/a']).bindings, [
    ...bindings,
    { role: 'roles/a', members: ['user:x'] },
  ]);
});
