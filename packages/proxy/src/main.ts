#!/usr/bin/env node
// The edge of the process: arguments, environment and signals come in here, an exit code goes out.

import { reportStartupError, printText } from './cli/messages.ts';
import { redactArguments } from './cli/process-title.ts';
import { PROGRAM } from './cli/program-name.ts';
import { findCommand } from './cli/find-command.ts';
import { runCommand } from './cli/run-command.ts';
import { FLAGS } from './cli/flags.ts';
import { parseArgs } from './cli/parse-args.ts';
import { formatDuration } from './cli/values/duration.ts';
import { type Request, readRequest, startupLogFormat } from './cli/program.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { reportConnectorEvents } from './observability/connector-log.ts';
import { stdioSinks } from './observability/stdio.ts';
import type { ProxyConfig } from './config/config.ts';
import { readFileLayer } from './config/file-layer.ts';
import type { ReadLayer } from './config/sources.ts';
import { startEndpoints } from './http/endpoints.ts';
import { testConnections } from './proxy/connection-test.ts';
import { Proxy } from './proxy/proxy.ts';
import { startLines } from './proxy/start-lines.ts';
import { userAgent } from './proxy/user-agent.ts';

type Start = Extract<Request, { kind: 'start' }>;
/** Why a started proxy stops: a signal, a request to the admin server, no clients, or an error that nobody handled. */
type Stop =
  | { readonly by: 'SIGINT' | 'SIGTERM' | 'quitquitquit' | 'idle-exit' }
  | { readonly by: 'error'; readonly error: unknown };

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes = { SIGINT: 130, SIGTERM: 143, quitquitquit: 0, 'idle-exit': 0, error: 1 } as const;

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
  const stops = watchForStops(logger);
  reportConnectorEvents(logger);
  const proxy = new Proxy({
    config,
    logger,
    userAgent: userAgent(config, process.env),
    onVacant: () => {
      if (!stops.asked.aborted) stops.ask({ by: 'idle-exit' });
    },
  });
  for (const notice of notices) logger.warn(notice);
  for (const line of startLines(config)) logger.info(line);
  // Up before the listeners, so that probes get an answer during the start, and down after them: readiness says no while
  // the proxy drains.
  await using servers = new AsyncDisposableStack();
  servers.use(
    await startEndpoints({
      config,
      source: proxy,
      logger,
      // Asked twice, it goes on as it does: only a second signal is a wish to hurry.
      onQuit: () => {
        if (!stops.asked.aborted) stops.ask({ by: 'quitquitquit' });
      },
    }),
  );
  const started = await Promise.race([stops.first, open(proxy, config, logger, stops)]);
  if (started === 'started') {
    logger.info('The proxy has started successfully and is ready for new connections!');
  }

  const stop = await stops.first;
  logger[stop.by === 'error' ? 'error' : 'info'](stopLine(stop, config));
  const { minDelayMs, maxDelayMs, drainIdle: endIdle, exitZero } = config.shutdown;
  await proxy.drain({ minDelayMs, maxDelayMs, endIdle, force: stops.second });
  return stop.by === 'SIGTERM' && exitZero ? 0 : exitCodes[stop.by];
}

/** Tests the connections if that was asked for, then opens the listeners: nobody is let in before. */
async function open(proxy: Proxy, config: ProxyConfig, logger: Logger, stops: Stops): Promise<'started'> {
  if (config.runConnectionTest) await testConnections(proxy, { logger, signal: stops.asked });
  await proxy.start();
  return 'started';
}

function stopLine(stop: Stop, { shutdown }: ProxyConfig): string {
  switch (stop.by) {
    case 'error':
      return `The proxy has encountered a terminal error: ${describe(stop.error)}`;
    case 'quitquitquit':
      return '/quitquitquit received request. Shutting down...';
    case 'idle-exit':
      return `No client has been connected for ${formatDuration(shutdown.idleExitMs)}. Shutting down...`;
    case 'SIGINT':
    case 'SIGTERM':
      return `${stop.by} signal received. Shutting down...`;
  }
}

interface Stops {
  /** Resolves at the first signal or unhandled error. */
  readonly first: Promise<Stop>;
  /** Aborts at the same moment. */
  readonly asked: AbortSignal;
  /** Aborts at the second one: whoever asks twice does not want to wait. */
  readonly second: AbortSignal;
  readonly ask: (stop: Stop) => void;
}

/**
 * After an error that nobody handled the state of the process is unknown: it drains in order, exits with 1 and leaves its
 * restart to the supervisor. Further ones are counted and logged.
 */
function watchForStops(logger: Logger): Stops {
  const { promise: first, resolve } = Promise.withResolvers<Stop>();
  const asked = new AbortController();
  const second = new AbortController();
  const ask = (stop: Stop): void => {
    if (asked.signal.aborted) second.abort();
    asked.abort(new Error('the proxy was asked to stop'));
    resolve(stop);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ask({ by: signal }));
  let unhandled = 0;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      unhandled += 1;
      logger.error(`unhandled error ${unhandled}: ${describe(error)}`);
      // One after the first stop is no wish to hurry.
      if (!asked.signal.aborted) ask({ by: 'error', error });
    });
  }
  return { first, asked: asked.signal, second: second.signal, ask };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
