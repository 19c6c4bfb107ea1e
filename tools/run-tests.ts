// Runs suites of tests with node:test: `run-tests.ts unit e2e`, or with files: `run-tests.ts e2e login`.

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where each suite's files lie, and how long one test of it may take at most before it counts as hung. */
const suites: Readonly<Record<string, { readonly files: readonly string[]; readonly timeoutMs: number }>> = {
  unit: { files: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts'], timeoutMs: 60_000 },
  e2e: { files: ['e2e/*.test.ts'], timeoutMs: 180_000 },
  service: { files: ['e2e/service/*.test.ts'], timeoutMs: 600_000 },
  faults: { files: ['e2e/faults/*.test.ts'], timeoutMs: 180_000 },
  image: { files: ['e2e/image/*.test.ts'], timeoutMs: 600_000 },
  windows: { files: ['e2e/windows/*.test.ts'], timeoutMs: 300_000 },
  interop: { files: ['interop/*.test.ts'], timeoutMs: 600_000 },
};

const words = process.argv.slice(2);
const chosen = words.filter((word) => word in suites);
const parts = words.filter((word) => !(word in suites));

const files = chosen
  .flatMap((name) => globSync(suites[name]?.files ?? []))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .toSorted();
if (files.length === 0) {
  process.stderr.write(`no test file for: ${words.join(' ')}; suites are ${Object.keys(suites).join(', ')}\n`);
  process.exit(1);
}

const timeoutMs = Math.max(...chosen.map((name) => suites[name]?.timeoutMs ?? 0));
// Unit tests mostly start Node and wait.
const concurrency = chosen.every((name) => name === 'unit') ? 4 : 2;
// Types are stripped once for the hundreds of processes that a run starts.
const cache = { NODE_COMPILE_CACHE: resolve('node_modules/.cache/node-compile') };
const run = spawnSync(
  process.execPath,
  [...process.execArgv, '--test', `--test-timeout=${timeoutMs}`, `--test-concurrency=${concurrency}`, ...files],
  { stdio: 'inherit', env: { ...cache, ...process.env } },
);
process.exit(run.status ?? 1);
