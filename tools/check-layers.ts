// Fails on an import that goes against the direction of the packages, or on a dependency nobody declared.

import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { builtinModules } from 'node:module';

/** What each package's sources may import, besides `node:` modules and files of their own folder. */
const allowed: Readonly<Record<string, { readonly sources: readonly string[]; readonly tests: readonly string[] }>> = {
  connector: { sources: ['google-auth-library'], tests: ['fast-check', 'pg', 'postgres', 'protobufjs'] },
  proxy: {
    sources: [
      'alloydb-connector',
      '@clack/prompts',
      'smol-toml',
      'yaml',
      'pino',
      'prom-client',
      'uplot',
      '@opentelemetry/api',
      '@opentelemetry/exporter-metrics-otlp-proto',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
    ],
    tests: ['fast-check'],
  },
  // Its own reading of the protocol: it must not share a line with the connector, so that no mistake hides on both sides.
  emulator: {
    sources: ['@peculiar/x509', 'reflect-metadata', 'protobufjs', '@grpc/grpc-js'],
    tests: ['fast-check', 'pg', 'postgres'],
  },
};

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;

const problems: string[] = [];
for (const [name, { sources, tests }] of Object.entries(allowed)) {
  const root = `packages/${name}/`;
  for (const file of globSync(`${root}src/**/*.ts`)) {
    const path = file.replaceAll('\\', '/');
    const may = path.endsWith('.test.ts') ? [...sources, ...tests] : sources;
    for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
      const target = match[1] ?? match[2] ?? match[3] ?? '';
      const problem = complaint(target, path, root, may);
      if (problem !== undefined) problems.push(`${path}: imports '${target}': ${problem}`);
    }
  }
}

function complaint(target: string, path: string, root: string, may: readonly string[]): string | undefined {
  if (target.startsWith('node:')) return undefined;
  if (builtinModules.includes(target)) return `write 'node:${target}'`;
  // Bun's own, which only executables load.
  const calls = [
    'packages/proxy/src/service/windows-',
    'packages/proxy/src/fuse/fusermount.ts',
    'packages/proxy/src/service/notify-datagram.ts',
    'packages/proxy/src/c-library.ts',
  ];
  if (target === 'bun:ffi' && calls.some((beginning) => path.startsWith(beginning))) return undefined;
  if (target.startsWith('.')) {
    const resolved = new URL(target, `file:///${path}`).pathname.slice(1);
    return resolved.startsWith(root) ? undefined : 'it leaves the package';
  }
  const packageName = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  return may.includes(packageName) ? undefined : `${root} may import only ${may.join(', ')}`;
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
}
