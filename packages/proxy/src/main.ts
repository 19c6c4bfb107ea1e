#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { defaultAdminApiEndpoint } from 'alloydb-connector';
import { reportStartupError, printText } from './cli/messages.ts';
import { type Command, readCommand, startupLogFormat } from './cli/program.ts';
import { VERSION } from './cli/version.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { reportRefreshes } from './observability/refresh-log.ts';
import { stdioSinks } from './observability/stdio.ts';
import { Proxy } from './proxy/proxy.ts';
import { authorizingLine } from './proxy/start-lines.ts';

type Start = Extract<Command, { kind: 'start' }>;
/** Why a started proxy stops: a signal, or an error that nobody handled. */
type Stop = { readonly by: 'SIGINT' | 'SIGTERM' } | { readonly by: 'error'; readonly error: unknown };

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes = { SIGINT: 130, SIGTERM: 143, error: 1 } as const;

const sinks = stdioSinks();
process.exit(await run(process.argv.slice(2)));

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
  const stopping = waitForStop(logger);
  const proxy = new Proxy({ config, logger, userAgent: `alloydb-auth-proxy-ts/${VERSION}` });
  reportRefreshes(logger);
  for (const notice of notices) logger.warn(notice);
  logger.info(authorizingLine(config.credentials));
  if (config.adminApiEndpoint !== defaultAdminApiEndpoint) logger.info(`Using API Endpoint ${config.adminApiEndpoint}`);
  await proxy.start();
  logger.info('The proxy has started successfully and is ready for new connections!');

  const stop = await stopping;
  if (stop.by === 'error') logger.error(`The proxy has encountered a terminal error: ${describe(stop.error)}`);
  else logger.info(`${stop.by} signal received. Shutting down...`);
  await proxy.stop();
  return exitCodes[stop.by];
}

/**
 * Resolves at the first signal or unhandled error. After an error that nobody handled the state of the process is
 * unknown: it ends in order and leaves its restart to the supervisor. Further ones are counted and logged.
 */
function waitForStop(logger: Logger): Promise<Stop> {
  const { promise, resolve } = Promise.withResolvers<Stop>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve({ by: signal }));
  let unhandled = 0;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      unhandled += 1;
      logger.error(`unhandled error ${unhandled}: ${describe(error)}`);
      resolve({ by: 'error', error });
    });
  }
  return promise;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
