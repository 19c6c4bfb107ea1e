#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { findCommand } from './cli/find-command.ts';
import { FLAGS } from './cli/flags.ts';
import { reportStartupError, printText } from './cli/messages.ts';
import { parseArgs } from './cli/parse-args.ts';
import { redactArguments } from './cli/process-title.ts';
import { PROGRAM } from './cli/program-name.ts';
import { runCommand } from './cli/run-command.ts';
import { startupLogFormat } from './cli/startup-log-format.ts';
import { readFileLayer } from './config/file-layer.ts';
import type { ReadLayer } from './config/sources.ts';
import { stdioSinks } from './observability/stdio.ts';

const sinks = stdioSinks();
const redacted = redactArguments(process.argv.slice(2));
// Everybody on the machine may read the command lines of all processes.
if (redacted !== undefined) process.title = [PROGRAM, ...redacted].join(' ');
const exitCode = await run(process.argv.slice(2));
await sinks.flush();
process.exit(exitCode);

async function run(argv: readonly string[]): Promise<number> {
  const { env } = process;
  let file: ReadLayer | undefined;
  try {
    const found = findCommand(argv);
    if (found !== undefined) return await runCommand(found, { env, sinks });
    file = await readFileLayer(parseArgs(FLAGS, argv), env);
    // What it takes to be a proxy is loaded by then: a probe that runs every few seconds does without.
    const { readRequest } = await import('./cli/program.ts');
    const request = readRequest(argv, env, file);
    if (request.kind === 'start') {
      const { startProgram } = await import('./start-program.ts');
      return await startProgram(request, { sinks, env });
    }
    printText(request.text, sinks.out);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reportStartupError(error, { format: startupLogFormat(argv, env, file), sinks });
    return 1;
  }
}
