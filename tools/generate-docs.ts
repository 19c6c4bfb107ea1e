// Writes the pages of docs/ that are made from tables in the code, or fails with `--check` when one is stale.

import { readFileSync, writeFileSync } from 'node:fs';
import { errorsPage } from './generate-docs-errors.ts';
import { flagsPage } from './generate-docs-flags.ts';
import { manPage } from './generate-docs-man.ts';

const pages: readonly { readonly path: string; readonly render: () => string }[] = [
  { path: 'docs/errors.md', render: errorsPage },
  { path: 'docs/flags.md', render: flagsPage },
  { path: 'docs/alloydb-auth-proxy.1', render: manPage },
];

const check = process.argv.includes('--check');
for (const { path, render } of pages) {
  const text = render();
  if (text === current(path)) continue;
  if (check) {
    process.stderr.write(`${path} is stale: npm run docs\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    process.stdout.write(`${path} written\n`);
  }
}

function current(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
