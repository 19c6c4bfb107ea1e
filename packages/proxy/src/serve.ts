// One life of a proxy: it starts, serves until it is asked to stop, drains and ends.

import type { ProxyConfig } from './config/config.ts';
import { startEndpoints } from './http/endpoints.ts';
import { reportConnectorEvents } from './observability/connector-log.ts';
import type { Logger } from './observability/logger.ts';
import { testConnections } from './proxy/connection-test.ts';
import type { ConnectorSetting } from './proxy/connector-options.ts';
import { Proxy } from './proxy/proxy.ts';
import { startLines } from './proxy/start-lines.ts';
import { userAgent } from './proxy/user-agent.ts';
import { describeError, type Stop, type Stops } from './stops.ts';

export interface ServeOptions extends Omit<ConnectorSetting, 'userAgent'> {
  readonly config: ProxyConfig;
  /** What was left alone in the configuration and why, to be logged as warnings. */
  readonly notices: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly stops: Stops;
  /** Called when clients are served. */
  readonly onReady?: (proxy: Proxy) => void;
}

/**
 * Resolves with what it was stopped by, once nothing of it is left.
 *
 * @throws {UsageError | StartError | ConnectorError} when it cannot start.
 */
export async function serve(options: ServeOptions): Promise<Stop> {
  const { config, notices, env, logger, stops, onReady, ...setting } = options;
  reportConnectorEvents(logger);
  const proxy = new Proxy({ config, logger, userAgent: userAgent(config, env), ...setting });
  for (const notice of notices) logger.warn(notice);
  for (const line of startLines(config)) logger.info(line);
  // Up before the listeners, so that probes get an answer during the start, and down after them: readiness says no while
  // the proxy drains.
  await using servers = new AsyncDisposableStack();
  servers.use(
    await startEndpoints({ config, source: proxy, logger, onQuit: () => stops.askOnce({ by: 'quitquitquit' }) }),
  );
  const started = await Promise.race([stops.first, open(proxy, { config, logger, stops })]);
  if (started === 'started') {
    logger.info('The proxy has started successfully and is ready for new connections!');
    onReady?.(proxy);
  }

  const stop = await stops.first;
  logger[stop.by === 'error' ? 'error' : 'info'](stopLine(stop));
  const { minDelayMs, maxDelayMs, drainIdle: endIdle } = config.shutdown;
  await proxy.drain({ minDelayMs, maxDelayMs, endIdle, force: stops.second });
  return stop;
}

/** Tests the connections if that was asked for, then opens the listeners: nobody is let in before. */
async function open(
  proxy: Proxy,
  { config, logger, stops }: Pick<ServeOptions, 'config' | 'logger' | 'stops'>,
): Promise<'started'> {
  if (config.runConnectionTest) await testConnections(proxy, { logger, signal: stops.asked });
  await proxy.start();
  return 'started';
}

function stopLine(stop: Stop): string {
  switch (stop.by) {
    case 'error':
      return `The proxy has encountered a terminal error: ${describeError(stop.error)}`;
    case 'quitquitquit':
      return '/quitquitquit received request. Shutting down...';
    case 'command':
      return 'The command has ended. Shutting down...';
    case 'SIGINT':
    case 'SIGTERM':
      return `${stop.by} signal received. Shutting down...`;
  }
}
