// Kubernetes manifests against the API's schemas (values) and its types (keys, which the schemas leave open).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: {
      readonly spec: {
        readonly containers: readonly PodContainer[];
        readonly initContainers?: readonly PodContainer[];
      };
    };
  };
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

export function readManifests(file: string): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${file}: ${document.errors[0].message}`);
    return document.toJS() as Manifest;
  });
}

/** @throws {Error} naming the field whose value the API would refuse. */
export async function checkValues(manifest: Manifest): Promise<void> {
  const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Readonly<
    Record<string, new (data: Manifest) => { validate(): void }>
  >;
  const Model = models[manifest.kind];
  if (Model === undefined) throw new Error(`${manifest.apiVersion} has no ${manifest.kind}`);
  new Model(manifest).validate();
}

/** What the compiler says of keys that the API does not know; empty when it knows them all. */
export function unknownKeys(files: Readonly<Record<string, readonly Manifest[]>>): string {
  // Inside the repository, so that the types are found from there.
  const folder = mkdtempSync(join('node_modules', '.manifests-'));
  try {
    const paths = Object.entries(files).map(([file, manifests]) => {
      const path = join(folder, `${basename(file)}.ts`);
      const lines = manifests.flatMap((manifest, index) => [
        `import type { I${manifest.kind} as T${index} } from 'kubernetes-models/${manifest.apiVersion}';`,
        `export const manifest${index}: T${index} = ${JSON.stringify(manifest, null, 1)};`,
      ]);
      writeFileSync(path, lines.join('\n'));
      return path;
    });
    const options = ['--noEmit', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext', '--target', 'es2024'];
    const { stdout, error } = spawnSync('tsc', [...options, ...paths], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    if (error !== undefined) throw error;
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
