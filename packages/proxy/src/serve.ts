// One life of a proxy: it starts, serves until it is asked to stop, drains and ends.

import { formatTarget } from './config/instance-target.ts';
import { formatDuration } from './cli/values/duration.ts';
import type { ProxyConfig } from './config/config.ts';
import { restartNotices } from './config/needs-restart.ts';
import { startEndpoints } from './http/endpoints.ts';
import { reportConnectorEvents } from './observability/connector-log.ts';
import type { Logger } from './observability/logger.ts';
import { Metrics } from './observability/metrics/metrics.ts';
import { ProxyModel } from './observability/model/proxy-model.ts';
import { sendsMetrics, startTelemetry } from './observability/otlp/telemetry.ts';
import { testConnections } from './proxy/connection-test.ts';
import { type ConnectorSetting, connectorOptions } from './proxy/connector-options.ts';
import { publishLifecycle } from './proxy/lifecycle-events.ts';
import { Proxy } from './proxy/proxy.ts';
import { startLines } from './proxy/start-lines.ts';
import { userAgent } from './proxy/user-agent.ts';
import { activatedSockets } from './service/socket-activation.ts';
import { Supervision } from './service/supervision.ts';
import { describeError, type Stop, type Stops } from './stops.ts';
import { UpdateWatch } from './update/update-watch.ts';

export interface ServeOptions extends Omit<ConnectorSetting, 'userAgent'> {
  readonly config: ProxyConfig;
  /** What was left alone in the configuration and why, to be logged as warnings. */
  readonly notices: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly stops: Stops;
  /** Reads the configuration again; undefined where it is read but once. */
  readonly onReload?: () => void;
  /** Called when clients are served. */
  readonly onReady?: (running: Running) => void;
}

/** A proxy that serves. */
export interface Running {
  readonly proxy: Proxy;
  readonly supervision: Supervision;
  /**
   * Makes it what another configuration says; what cannot be changed while it runs is logged.
   *
   * @throws {UsageError | StartError | ConnectorError} with nothing changed.
   */
  readonly reload: (config: ProxyConfig) => Promise<void>;
}

/**
 * Resolves with what it was stopped by, once nothing of it is left.
 *
 * @throws {UsageError | StartError | ConnectorError} when it cannot start.
 */
export async function serve(options: ServeOptions): Promise<Stop> {
  const { notices, env, logger, stops, onReady, onReload, ...setting } = options;
  let { config } = options;
  reportConnectorEvents(logger);
  // Before the proxy, so that nothing that happens to it is missed.
  const sends = sendsMetrics(config.telemetry, env);
  using model = sends || wantsModel(config) ? new ProxyModel({ instances: urisOf(config) }) : undefined;
  using metrics = model === undefined || (config.prometheus === undefined && !sends) ? undefined : new Metrics(model);
  const proxy = new Proxy({
    ...setting,
    logger,
    userAgent: userAgent(config, env),
    onVacant: () => stops.askOnce({ by: 'idle-exit' }),
  });
  for (const notice of notices) logger.warn(notice);
  for (const line of startLines(config)) logger.info(line);
  const updates = new UpdateWatch({ asked: config.updateCheck, env, logger });
  const supervision = new Supervision({ env, logger, describe: () => [describe(proxy), ...updates.news].join('; ') });
  // Up before the listeners, so that probes get an answer during the start, and down after them: readiness says no while
  // the proxy drains.
  await using servers = new AsyncDisposableStack();
  const startedAt = model?.startedAt ?? Date.now();
  const identity = connectorOptions(config, { ...setting, userAgent: userAgent(config, env) });
  const exported = sends ? metrics : undefined;
  servers.use(
    await startTelemetry({
      config: config.telemetry,
      connectorOptions: identity,
      metrics: exported,
      startedAt,
      env,
      logger,
    }),
  );
  servers.defer(() => supervision.close());
  servers.use(updates);
  servers.use(
    await startEndpoints({
      config,
      source: proxy,
      model,
      metrics,
      logger,
      env,
      onQuit: () => stops.askOnce({ by: 'quitquitquit' }),
      onReload,
      endSession: (id) => proxy.endSession(id),
      newerVersion: () => updates.newer,
    }),
  );
  const started = await Promise.race([stops.first, open(proxy, { config, env, logger, stops })]).catch(
    (error: unknown) => {
      // Word for word what scripts know; the reason follows in two lines of its own, with what to do.
      logger.error(`The proxy has encountered a terminal error: unable to start: ${reasonOf(error)}`);
      throw error;
    },
  );
  if (started === 'started') {
    logger.info('The proxy has started successfully and is ready for new connections!');
    // Nobody who waits for clients waits for the service manager.
    void supervision.ready();
    updates.start();
    onReady?.({
      proxy,
      supervision,
      async reload(next) {
        await proxy.reload(next, userAgent(next, env));
        const said = startLines(config);
        for (const line of startLines(next).filter((each) => !said.includes(each))) logger.info(line);
        for (const notice of restartNotices(config, next)) logger.warn(notice);
        config = next;
      },
    });
  }

  const stop = await stops.first;
  logger[stop.by === 'error' ? 'error' : 'info'](stopLine(stop, config));
  publishLifecycle({ at: 'stopping', by: stop.by });
  const told = supervision.stopping();
  const { minDelayMs, maxDelayMs, drainIdle: endIdle } = config.shutdown;
  await proxy.drain({ minDelayMs, maxDelayMs, endIdle, force: stops.second });
  // Said by a process of its own, which has to be started first.
  await told;
  return stop;
}

/** Tests the connections if that was asked for, then opens the listeners: nobody is let in before. */
async function open(
  proxy: Proxy,
  { config, env, logger, stops }: Pick<ServeOptions, 'config' | 'env' | 'logger' | 'stops'>,
): Promise<'started'> {
  if (config.runConnectionTest) await testConnections(proxy, { logger, signal: stops.asked });
  await proxy.start(activatedSockets(env));
  return 'started';
}

/** Following everything costs a little for each session: only when somebody looks. */
function wantsModel({ prometheus, health, admin }: ProxyConfig): boolean {
  return prometheus !== undefined || health !== undefined || admin !== undefined;
}

function urisOf({ instances }: ProxyConfig): readonly string[] {
  return instances.map(({ target }) => formatTarget(target));
}

/** The line that `systemctl status` shows. */
function describe({ listening, openConnections }: Proxy): string {
  return `Serving ${count(listening.length, 'instance')}, ${count(openConnections, 'connection')}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function stopLine(stop: Stop, { shutdown }: ProxyConfig): string {
  switch (stop.by) {
    case 'error':
      return `The proxy has encountered a terminal error: ${describeError(stop.error)}`;
    case 'quitquitquit':
      return '/quitquitquit received request. Shutting down...';
    case 'service':
      return 'The service was asked to stop. Shutting down...';
    case 'command':
      return 'The command has ended. Shutting down...';
    case 'idle-exit':
      return `No client has been connected for ${formatDuration(shutdown.idleExitMs)}. Shutting down...`;
    case 'SIGHUP':
      return 'The terminal was closed. Shutting down...';
    case 'SIGINT':
    case 'SIGTERM':
      return `${stop.by} signal received. Shutting down...`;
  }
}
