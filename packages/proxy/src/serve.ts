// Runs a configured proxy from its first line of log to its end.

import type { Command } from './cli/program.ts';
import type { ProxyConfig } from './config/config.ts';
import { startEndpoints } from './http/endpoints.ts';
import { reportConnectorEvents } from './observability/connector-log.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import type { StdioSinks } from './observability/stdio.ts';
import { testConnections } from './proxy/connection-test.ts';
import type { ConnectorSetting } from './proxy/connector-options.ts';
import { Proxy } from './proxy/proxy.ts';
import { startLines } from './proxy/start-lines.ts';
import { userAgent } from './proxy/user-agent.ts';
import { type Stops, stopLine, watchForStops } from './stops.ts';

export interface ServeOptions extends Omit<ConnectorSetting, 'userAgent'> {
  readonly sinks: StdioSinks;
}

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes = { SIGINT: 130, SIGTERM: 143, quitquitquit: 0, error: 1 } as const;

/** Resolves with the exit code of the process. */
export async function serve(
  { config, notices }: Extract<Command, { kind: 'start' }>,
  { sinks, ...setting }: ServeOptions,
): Promise<number> {
  const logger = createLogger({ ...config.log, sinks });
  sinks.onLost = (count) => logger.warn(`${count} log lines were lost: nobody read them in time`);
  const stops = watchForStops(logger);
  reportConnectorEvents(logger);
  const proxy = new Proxy({ config, logger, userAgent: userAgent(config, process.env), ...setting });
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
  logger[stop.by === 'error' ? 'error' : 'info'](stopLine(stop));
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
