#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { findCommand } from './cli/find-command.ts';
import { FLAGS } from './cli/flags.ts';
import { reportStartupError, printText } from './cli/messages.ts';
import { parseArgs } from './cli/parse-args.ts';
import { redactArguments } from './cli/process-title.ts';
import { PROGRAM } from './cli/program-name.ts';
import { readRequest, startupLogFormat } from './cli/program.ts';
import { runCommand } from './cli/run-command.ts';
import { readFileLayer } from './config/file-layer.ts';
import type { ReadLayer } from './config/sources.ts';
import { stdioSinks } from './observability/stdio.ts';
import { startProgram } from './start-program.ts';

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
    const request = readRequest(argv, env, file);
    if (request.kind === 'start') return await startProgram(request, { sinks, env });
    printText(request.text, sinks.out);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reportStartupError(error, { format: startupLogFormat(argv, env, file), sinks });
    return 1;
  }
}
