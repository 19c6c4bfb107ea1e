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
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--workspace', program];
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
  // Not by npm's --omit dev: that also leaves out what the program needs when one of the tools needs it too.
  const inside = reachableFrom(self['bom-ref'], bom.dependencies);
  const dependencies = bom.dependencies
    .filter(({ ref }) => inside.has(ref))
    .map((each) =>
      each.ref === self['bom-ref'] ? { ...each, dependsOn: [...each.dependsOn, runtime['bom-ref']] } : each,
    );
  return {
    ...bom,
    metadata: { ...bom.metadata, component: { ...self, name: program, type: 'application' } },
    components: [...bom.components.filter((each) => each !== self && inside.has(each['bom-ref'])).map(named), runtime],
    dependencies: [...dependencies, { ref: runtime['bom-ref'], dependsOn: [] }],
  };
}

function reachableFrom(start: string, dependencies: Bom['dependencies']): ReadonlySet<string> {
  const next = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const found = new Set([start]);
  // A set that grows while it is walked is walked to its end.
  for (const ref of found) for (const each of next.get(ref) ?? []) found.add(each);
  return found;
}

function named(component: Component): Component {
  return { ...component, name: component['bom-ref'].slice(0, component['bom-ref'].lastIndexOf('@')) };
}
