// The bill of materials of the executables: what npm says of the packages inside, and the runtime around them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly [property: string]: unknown;
}

interface Bom {
  readonly metadata: { readonly component: Component; readonly [property: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [property: string]: unknown;
}

const program = 'alloydb-auth-proxy';

/** The bill in CycloneDX's JSON. @throws {Error} when npm cannot make it. */
export function executableSbom(): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--workspace', program];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr.trim()}`);
  const { version, license } = JSON.parse(readFileSync('node_modules/bun/package.json', 'utf8')) as Record<
    'version' | 'license',
    string
  >;
  return `${JSON.stringify(describeExecutable(JSON.parse(stdout) as Bom, { version, license }), null, 2)}\n`;
}

/** npm describes the workspace around the program; this makes the program itself what is described. */
export function describeExecutable(bom: Bom, bun: { readonly version: string; readonly license: string }): Bom {
  // npm calls what lies in the workspace by its folder; the reference has the package's name.
  const self = bom.components.find((each) => each['bom-ref'] === `${program}@${each.version}`);
  if (self === undefined) throw new Error(`npm's bill of materials lacks ${program} itself`);
  const runtime: Component = {
    'bom-ref': `bun@${bun.version}`,
    type: 'platform',
    name: 'bun',
    version: bun.version,
    scope: 'required',
    purl: `pkg:npm/bun@${bun.version}`,
    licenses: [{ license: { id: bun.license } }],
  };
  const workspace = bom.metadata.component['bom-ref'];
  const dependencies = bom.dependencies
    .filter(({ ref }) => ref !== workspace)
    .map((each) =>
      each.ref === self['bom-ref'] ? { ...each, dependsOn: [...each.dependsOn, runtime['bom-ref']] } : each,
    );
  return {
    ...bom,
    metadata: { ...bom.metadata, component: { ...self, name: program, type: 'application' } },
    components: [...bom.components.filter((each) => each !== self).map(named), runtime],
    dependencies: [...dependencies, { ref: runtime['bom-ref'], dependsOn: [] }],
  };
}

function named(component: Component): Component {
  return { ...component, name: component['bom-ref'].slice(0, component['bom-ref'].lastIndexOf('@')) };
}
