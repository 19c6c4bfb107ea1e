#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { reportStartupError, printText } from './cli/messages.ts';
import { redactArguments } from './cli/process-title.ts';
import { PROGRAM } from './cli/program-name.ts';
import { type Command, readCommand, startupLogFormat } from './cli/program.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { reportConnectorEvents } from './observability/connector-log.ts';
import { stdioSinks } from './observability/stdio.ts';
import { Proxy } from './proxy/proxy.ts';
import { startLines } from './proxy/start-lines.ts';
import { userAgent } from './proxy/user-agent.ts';

type Start = Extract<Command, { kind: 'start' }>;
/** Why a started proxy stops: a signal, or an error that nobody handled. */
type Stop = { readonly by: 'SIGINT' | 'SIGTERM' } | { readonly by: 'error'; readonly error: unknown };

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes = { SIGINT: 130, SIGTERM: 143, error: 1 } as const;

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
    if (command.kind === 'start') return await start(command);
    printText(command.text, sinks.out);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reportStartupError(error, { format: startupLogFormat(argv, process.env), sinks });
    return 1;
  }
}

async function start({ config, notices }: Start): Promise<number> {
  const logger = createLogger({ ...config.log, sinks });
  sinks.onLost = (count) => logger.warn(`${count} log lines were lost: nobody read them in time`);
  const stops = watchForStops(logger);
  reportConnectorEvents(logger);
  const proxy = new Proxy({ config, logger, userAgent: userAgent(config, process.env) });
  for (const notice of notices) logger.warn(notice);
  for (const line of startLines(config)) logger.info(line);
  await proxy.start();
  logger.info('The proxy has started successfully and is ready for new connections!');

  const stop = await stops.first;
  if (stop.by === 'error') logger.error(`The proxy has encountered a terminal error: ${describe(stop.error)}`);
  else logger.info(`${stop.by} signal received. Shutting down...`);
  const { minDelayMs, maxDelayMs, drainIdle: endIdle, exitZero } = config.shutdown;
  await proxy.drain({ minDelayMs, maxDelayMs, endIdle, force: stops.second });
  return stop.by === 'SIGTERM' && exitZero ? 0 : exitCodes[stop.by];
}

interface Stops {
  /** Resolves at the first signal or unhandled error. */
  readonly first: Promise<Stop>;
  /** Aborts at the second one: whoever asks twice does not want to wait. */
  readonly second: AbortSignal;
}

/**
 * After an error that nobody handled the state of the process is unknown: it drains in order, exits with 1 and leaves its
 * restart to the supervisor. Further ones are counted and logged.
 */
function watchForStops(logger: Logger): Stops {
  const { promise: first, resolve } = Promise.withResolvers<Stop>();
  const second = new AbortController();
  let asked = 0;
  const ask = (stop: Stop): void => {
    asked += 1;
    if (asked === 1) resolve(stop);
    else second.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ask({ by: signal }));
  let unhandled = 0;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      unhandled += 1;
      logger.error(`unhandled error ${unhandled}: ${describe(error)}`);
      // One after the first stop is no wish to hurry.
      if (asked === 0) ask({ by: 'error', error });
    });
  }
  return { first, second: second.signal };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
