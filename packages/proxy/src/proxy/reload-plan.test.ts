// Old and new configurations, and which listeners stay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../cli/program.ts';
import { planReload } from './reload-plan.ts';

function instances(...written: readonly string[]) {
  const request = readRequest(written, {});
  assert(request.kind === 'start');
  return request.config.instances;
}

const [A, B] = ['a', 'b'].map((name) => `projects/p/locations/r/clusters/c/instances/${name}`);

const CASES: readonly (readonly [
  what: string,
  before: string[],
  after: string[],
  from: unknown[],
  removed: number[],
])[] = [
  ['nothing changes', [`${A}`, `${B}`], [`${A}`, `${B}`], [0, 1], []],
  ['an instance comes', [`${A}`], [`${A}`, `${B}`], [0, undefined], []],
  ['an instance goes', [`${A}`, `${B}`], [`${A}`], [0], [1]],
  ['an instance moves', [`${A}?port=7000`], [`${A}?port=7001`], [undefined], [0]],
  ['two swap their ports', [`${A}?port=7000`, `${B}?port=7001`], [`${A}?port=7001`, `${B}?port=7000`], [1, 0], []],
  ['one gets another login', [`${A}`], [`${A}?auto-iam-authn`], [0], []],
  ['free ports follow their instances', [`${A}?port=0`, `${B}?port=0`], [`${B}?port=0`], [1], [0]],
  ['free ports of one instance', [`${A}?port=0`, `${A}?port=0`], [`${A}?port=0`, `${A}?port=0`], [0, 1], []],
];

for (const [what, before, after, from, removed] of CASES) {
  test(`planReload keeps what it can when ${what}`, () => {
    assert.deepEqual(planReload(instances(...before), instances(...after)), { from, removed });
  });
}

test('planReload finds a listener that had to move where it is now', () => {
  const before = instances(`${A}?port=7000`).map((instance) => ({ ...instance, boundPort: 7001 }));
  assert.deepEqual(planReload(before, instances(`${A}?port=7001`)), { from: [0], removed: [] });
  assert.deepEqual(planReload(before, instances(`${A}?port=7000`)), { from: [0], removed: [] });
  assert.deepEqual(planReload(before, instances(`${A}?port=7002`)), { from: [undefined], removed: [0] });
});
