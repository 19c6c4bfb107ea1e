import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { executableSbom } from './sbom.ts';

interface Described {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly type: string } };
  readonly components: readonly { readonly 'bom-ref': string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

test('executableSbom lists the packages inside the executable, its runtime, and none of the tools', () => {
  const bom = JSON.parse(executableSbom()) as Described;
  assert.equal(bom.bomFormat, 'CycloneDX');
  const { name, type } = bom.metadata.component;
  assert.deepEqual({ name, type }, { name: 'alloydb-auth-proxy', type: 'application' });
  const names = new Set(bom.components.map((each) => each.name));
  const { dependencies } = JSON.parse(readFileSync('packages/proxy/package.json', 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const dependency of [...Object.keys(dependencies), 'google-auth-library', 'bun']) {
    assert.ok(names.has(dependency), dependency);
  }
  for (const tool of ['typescript', 'alloydb-emulator', 'node']) assert.ok(!names.has(tool), tool);
  const known = new Set([...bom.components.map((each) => each['bom-ref']), 'alloydb-auth-proxy@0.1.0']);
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const each of [ref, ...dependsOn]) assert.ok(known.has(each), `${each} is not among the components`);
  }
});
