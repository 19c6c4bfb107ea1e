#!/usr/bin/env node
// The process edge of alloydb-emulator: arguments and signals in, text and exit code out.

import { run } from './cli/run.ts';

const { promise: stop, resolve } = Promise.withResolvers<void>();
// A second Ctrl-C changes nothing: stopping takes a moment, and must not be cut short.
process.on('SIGINT', () => resolve());
process.on('SIGTERM', () => resolve());
process.on('SIGHUP', () => resolve());

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  uptimeMs: () => performance.now(),
  stop,
});
