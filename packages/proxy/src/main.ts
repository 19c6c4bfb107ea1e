#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { findCommand } from './cli/find-command.ts';
import { FLAGS } from './cli/flags.ts';
import { reportStartupError, printText } from './cli/messages.ts';
import { parseArgs } from './cli/parse-args.ts';
import { redactArguments } from './cli/process-title.ts';
import { type Request, readRequest, startupLogFormat } from './cli/program.ts';
import { runCommand } from './cli/run-command.ts';
import { showArguments } from './cli/shown-arguments.ts';
import { readFileLayer } from './config/file-layer.ts';
import type { ReadLayer } from './config/sources.ts';
import { createLogger } from './observability/logger.ts';
import { stdioSinks } from './observability/stdio.ts';
import { serve } from './serve.ts';
import { type Stop, Stops, stopAtSignals, stopAtUnhandledErrors } from './stops.ts';

type Start = Extract<Request, { kind: 'start' }>;

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes: { readonly [By in Stop['by']]: number } = {
  SIGINT: 130,
  SIGTERM: 143,
  quitquitquit: 0,
  command: 0,
  error: 1,
};

const sinks = stdioSinks();
const redacted = redactArguments(process.argv.slice(2));
// Everybody on the machine may read the command lines of all processes.
if (redacted !== undefined) showArguments(redacted);
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
    if (request.kind === 'start') return await start(request);
    printText(request.text, sinks.out);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reportStartupError(error, { format: startupLogFormat(argv, env, file), sinks });
    return 1;
  }
}

async function start({ config, notices }: Start): Promise<number> {
  const logger = createLogger({ ...config.log, sinks });
  sinks.onLost = (count) => logger.warn(`${count} log lines were lost: nobody read them in time`);
  const stops = new Stops();
  stopAtSignals(stops);
  stopAtUnhandledErrors(stops, logger);
  const stop = await serve({ config, notices, env: process.env, logger, stops });
  return stop.by === 'SIGTERM' && config.shutdown.exitZero ? 0 : exitCodes[stop.by];
}
