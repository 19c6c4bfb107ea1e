// Starts the HTTP servers that the configuration asks for.

import type { ProxyConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { adminRoutes } from './admin.ts';
import type { Metrics } from '../observability/metrics/metrics.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';
import type { HealthSource } from './health-source.ts';
import { healthRoutes } from './health.ts';
import { metricsRoute } from './metrics.ts';
import type { Route } from './route.ts';
import { HttpServer } from './server.ts';

export interface EndpointsOptions {
  readonly config: Pick<ProxyConfig, 'http' | 'health' | 'prometheus' | 'admin'>;
  readonly source: HealthSource;
  /** Undefined when nothing that the configuration asks for needs it. */
  readonly model?: ProxyModel | undefined;
  /** Undefined when the configuration does not ask for them. */
  readonly metrics: Metrics | undefined;
  readonly logger: Logger;
  /** Called when /quitquitquit asks the proxy to end. */
  readonly onQuit: () => void;
}

/**
 * Resolves when all of them listen, or none if there are none to start. Whoever disposes of the result closes them.
 *
 * @throws {StartError} naming the first address that cannot be listened on.
 */
export async function startEndpoints(options: EndpointsOptions): Promise<AsyncDisposable> {
  const { config, logger, onQuit } = options;
  const { http, health, prometheus, admin } = config;
  await using started = new AsyncDisposableStack();
  if (http !== undefined) {
    const routes = await publicRoutes(options);
    const flags = { address: '--http-address', port: '--http-port' };
    const server = started.use(new HttpServer({ ...http, flags, routes, logger }));
    const address = await server.start();
    if (health !== undefined) logger.info(`Starting health check server at ${address}`);
    if (prometheus !== undefined) logger.info(`Serving metrics at http://${address}/metrics`);
  }
  if (admin !== undefined) {
    const routes = adminRoutes({ onQuit });
    const flags = { port: '--admin-port' };
    const server = started.use(new HttpServer({ host: 'localhost', port: admin.port, flags, routes, logger }));
    logger.info(`Enabling quitquitquit endpoint at ${await server.start()}`);
  }
  return started.move();
}

/** What those may ask who reach the machine: it changes nothing and tells no secret. */
async function publicRoutes({ config, source, model, metrics, logger }: EndpointsOptions): Promise<readonly Route[]> {
  const { health, prometheus } = config;
  return [
    ...(health === undefined ? [] : healthRoutes({ source, withBackendCheck: health.withBackendCheck, logger, model })),
    ...(prometheus === undefined || metrics === undefined
      ? []
      : [await metricsRoute({ metrics, namespace: prometheus.namespace })]),
  ];
}
