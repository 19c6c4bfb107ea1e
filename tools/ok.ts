// The checks that every commit passes, in one command: format, lint, types, layers, stale docs, unit tests.

import { spawnSync } from 'node:child_process';

const node = [process.execPath, ...process.execArgv];

/** Quickest first: the mistake that is found soonest is mended soonest. */
const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'lint', command: ['oxlint', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'layers', command: [...node, 'tools/check-layers.ts'] },
  { name: 'stale docs', command: [...node, 'tools/generate-docs.ts', '--check'] },
  { name: 'unit tests', command: [...node, 'tools/run-tests.ts', 'unit'] },
];

const startedAt = Date.now();
for (const { name, command } of checks) {
  const began = Date.now();
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  if (status !== 0) process.exit(1);
}
process.stdout.write(`all ok (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
