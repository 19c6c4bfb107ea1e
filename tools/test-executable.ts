// Builds the executable for this machine and runs against it every scenario that starts the proxy: `test-executable [NAMEPART…]`.

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isNative } from './executables/runtimes.ts';
import { executableName, TARGETS } from './executables/targets.ts';

const target = TARGETS.find(isNative);
if (target === undefined) {
  process.stderr.write(`no executable is built for ${process.platform} ${process.arch}\n`);
  process.exit(1);
}

// The rest is about the library or the sources, and would show nothing here that `npm run test:e2e` does not.
const startsTheProxy = /\b(startProxy\w*|runProxy|ProxyProcess|testBreakages)\b/;
const suites: Readonly<Record<string, string>> = {
  e2e: 'e2e/*.test.ts',
  faults: 'e2e/faults/*.test.ts',
  service: 'e2e/service/*.test.ts',
};
const words = process.argv.slice(2);
const suite = words.find((word) => word in suites) ?? 'e2e';
const parts = words.filter((word) => !(word in suites));
const files = globSync(suites[suite] ?? '')
  .filter((file) => suite !== 'e2e' || startsTheProxy.test(readFileSync(file, 'utf8')))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .toSorted();
if (files.length === 0) {
  process.stderr.write(`no scenario that starts the proxy for: ${words.join(' ')}\n`);
  process.exit(1);
}

run('tools/build-executables.ts', ['--target', target.name], process.env);
run('tools/run-tests.ts', [suite, ...files], {
  ...process.env,
  ALLOYDB_E2E_PROXY: resolve(join('dist-executables', executableName(target))),
});

function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status } = spawnSync(process.execPath, [...process.execArgv, script, ...args], { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
