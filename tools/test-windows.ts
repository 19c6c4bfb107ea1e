// Builds the Windows executable and runs it under Wine: as a service, and in the scenarios of the main path, or those named: `test-windows [NAMEPART…]`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { buildExecutable, skipWithoutWine, Wine } from '../e2e/windows/wine.ts';

/** Most others run there too, by their names; of those that do not, most print what of POSIX they need. */
const mainPath = [
  'e2e/password-login.test.ts',
  'e2e/iam-login.test.ts',
  'e2e/two-instances.test.ts',
  'e2e/copy.test.ts',
  'e2e/half-close.test.ts',
  'e2e/client-is-told.test.ts',
  'e2e/max-connections.test.ts',
  'e2e/health.test.ts',
  'e2e/quitquitquit.test.ts',
  'e2e/shutdown-command.test.ts',
  'e2e/drain.test.ts',
  'e2e/reload.test.ts',
  'e2e/log-file.test.ts',
  'e2e/bad-input.test.ts',
  'e2e/printed.test.ts',
];

const parts = process.argv.slice(2);
const files =
  parts.length === 0
    ? [...globSync('e2e/windows/*.test.ts'), ...mainPath]
    : globSync('e2e/{windows/,}*.test.ts').filter((file) => parts.some((part) => file.includes(part)));
const reason = skipWithoutWine();
if (reason !== false) {
  process.stdout.write(`skipped: ${reason}\n`);
} else if (files.length === 0) {
  process.stderr.write(`no test of Windows for: ${parts.join(' ')}\n`);
  process.exitCode = 1;
} else {
  buildExecutable();
  await using wine = await Wine.start();
  const child = spawn(process.execPath, [...process.execArgv, 'tools/run-tests.ts', 'windows', 'e2e', ...files], {
    stdio: 'inherit',
    env: { ...wine.environment, ALLOYDB_E2E_WINE: wine.folder, ALLOYDB_E2E_PROXY: JSON.stringify(wine.command) },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
