// The examples for Kubernetes: valid to the API's schemas, and every command line in them is one that the program takes.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import {
  checkValues,
  type Manifest,
  type PodContainer,
  readManifests,
  unknownKeys,
} from './support/kubernetes-manifest.ts';
import { runProxy } from './support/proxy-process.ts';

const files = Object.fromEntries(globSync('examples/kubernetes/*.yaml').map((file) => [file, readManifests(file)]));
const manifests = Object.values(files).flat();

function containersOf({ spec }: Manifest): readonly PodContainer[] {
  return [...(spec?.template?.spec.initContainers ?? []), ...(spec?.template?.spec.containers ?? [])];
}

test('The Kubernetes examples hold values that the API takes', async () => {
  assert.deepEqual(
    new Set(manifests.map(({ kind }) => kind)),
    new Set([
      'ServiceAccount',
      'Deployment',
      'Job',
      'Service',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
    ]),
  );
  for (const manifest of manifests) await checkValues(manifest);
});

test('The check of values refuses a wrong one, and that of keys a wrong one', async () => {
  const wrong = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 'x' }] } };
  await assert.rejects(checkValues(wrong as Manifest), /port/);
  const misspelt = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { selektor: {} } };
  assert.match(unknownKeys({ 'wrong.yaml': [misspelt as Manifest] }), /selektor.* does not exist/);
});

test('The Kubernetes examples have no key that the API does not know', () => {
  assert.equal(unknownKeys(files), '');
});

test('Every command line of the proxy in the Kubernetes examples is one that it takes', async () => {
  const lines = manifests.flatMap(containersOf).flatMap(({ name, command = [], args = [] }) => {
    if (name === 'alloydb-auth-proxy') return [args];
    return command[0] === '/alloydb-auth-proxy' ? [command.slice(1)] : [];
  });
  assert.equal(lines.length, 4);
  for (const line of lines) {
    // `config` reads what follows as a start would, and says what it means.
    const flags = (line[0] === 'run' ? line.slice(1, line.indexOf('--')) : line).filter(
      (word) => !word.startsWith('--local-tls'),
    );
    await using checked = await runProxy(['config', ...flags]);
    assert.equal(checked.exit.code, 0, `${line.join(' ')}\n${checked.stderr}`);
  }
});
