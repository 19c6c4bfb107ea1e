#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { reportStartupError, printText } from './cli/messages.ts';
import { redactArguments } from './cli/process-title.ts';
import { PROGRAM } from './cli/program-name.ts';
import { readCommand, startupLogFormat } from './cli/program.ts';
import { stdioSinks } from './observability/stdio.ts';
import { serve } from './serve.ts';

const sinks = stdioSinks();
const redacted = redactArguments(process.argv.slice(2));
// Everybody on the machine may read the command lines of all processes.
if (redacted !== undefined) process.title = [PROGRAM, ...redacted].join(' ');
const exitCode = await run(process.argv.slice(2));
await sinks.flush();
process.exit(exitCode);

async function run(argv: readonly string[]): Promise<number> {
  try {
    const command = readCommand(argv, process.env);
    if (command.kind === 'start') return await serve(command, { sinks });
    printText(command.text, sinks.out);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reportStartupError(error, { format: startupLogFormat(argv, process.env), sinks });
    return 1;
  }
}
