#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { findCommand } from './cli/find-command.ts';
import { FLAGS } from './cli/flags.ts';
import { reportStartupError, printText } from './cli/messages.ts';
import { parseArgs } from './cli/parse-args.ts';
import { redactArguments } from './cli/process-title.ts';
import type { Request } from './cli/program.ts';
import { runCommand } from './cli/run-command.ts';
import { showArguments } from './cli/shown-arguments.ts';
import { startupLogFile, startupLogFormat } from './cli/startup-log-format.ts';
import { readFileLayer } from './config/file-layer.ts';
import { NoInstance } from './config/no-instance.ts';
import type { ReadLayer } from './config/sources.ts';
import { stdioSinks } from './observability/stdio.ts';
import { findOwnService } from './service/own-service.ts';
import { isWorker } from './workers/worker-command.ts';
import type { StartRequest } from './start-program.ts';

const service = await findOwnService();
const sinks = service?.sinks ?? stdioSinks();
const redacted = redactArguments(process.argv.slice(2));
// Everybody on the machine may read the command lines of all processes.
if (redacted !== undefined) showArguments(redacted);
const exitCode = isWorker(process) ? await serveAsWorker() : await run(process.argv.slice(2));
await sinks.flush();
service?.host.stopped(exitCode);
process.exit(exitCode);

async function serveAsWorker(): Promise<number> {
  const { runWorker } = await import('./workers/worker-main.ts');
  return runWorker();
}

async function run(argv: readonly string[]): Promise<number> {
  const { env } = process;
  let file: ReadLayer | undefined;
  try {
    const found = findCommand(argv);
    if (found !== undefined) return await runCommand(found, { env, sinks });
    // What it takes to be a proxy is loaded from here on: a probe that runs every few seconds does without.
    const { readRequest } = await import('./cli/program.ts');
    let words = argv;
    const read = async (): Promise<Request> => {
      file = await readFileLayer(parseArgs(FLAGS, words), env);
      return readRequest(words, env, file);
    };
    let request: Request;
    try {
      request = await read();
    } catch (error) {
      if (!(error instanceof NoInstance) || service !== undefined) throw error;
      const { isAnybodyThere, pickInstance } = await import('./discovery/pick-instance.ts');
      if (!isAnybodyThere(env)) throw error;
      const instance = await pickInstance({ argv, env, file, sinks });
      // As a shell has it for Ctrl-C.
      if (instance === undefined) return 130;
      words = [...argv, instance];
      request = await read();
    }
    if (request.kind !== 'start') {
      printText(request.text, sinks.out);
      return 0;
    }
    const { startProgram } = await import('./start-program.ts');
    // The arguments ask for a start now as they did before.
    const reread = async (): Promise<StartRequest> => (await read()) as StartRequest;
    return await startProgram(request, { sinks, env, reread, service: service?.host });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reportTo = service?.sinksFor(startupLogFile(argv, env, file)) ?? sinks;
    reportStartupError(error, { format: startupLogFormat(argv, env, file), sinks: reportTo });
    await reportTo.flush();
    return 1;
  }
}
