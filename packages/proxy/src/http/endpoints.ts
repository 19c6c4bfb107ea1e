// Starts the HTTP servers that the configuration asks for.

import type { AdminConfig, ProxyConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { type AdminActions, adminRoutes } from './admin.ts';
import { keepSecret, newSecret } from './admin-secret.ts';
import type { Metrics } from '../observability/metrics/metrics.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';
import type { HealthSource } from './health-source.ts';
import { healthRoutes } from './health.ts';
import { metricsRoute } from './metrics.ts';
import type { Route } from './route.ts';
import { HttpServer } from './server.ts';

export interface EndpointsOptions extends AdminActions {
  readonly config: Pick<ProxyConfig, 'http' | 'health' | 'prometheus' | 'admin'>;
  readonly source: HealthSource;
  /** Undefined when nothing that the configuration asks for needs it. */
  readonly model?: ProxyModel | undefined;
  /** Undefined when the configuration does not ask for them. */
  readonly metrics: Metrics | undefined;
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Resolves when all of them listen, or none if there are none to start. Whoever disposes of the result closes them.
 *
 * @throws {StartError} naming the first address that cannot be listened on.
 */
export async function startEndpoints(options: EndpointsOptions): Promise<AsyncDisposable> {
  const { config, logger } = options;
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
  if (admin !== undefined) started.use(await startAdminServer(admin, options));
  return started.move();
}

async function startAdminServer(config: AdminConfig, options: EndpointsOptions): Promise<AsyncDisposable> {
  const { logger, env } = options;
  await using started = new AsyncDisposableStack();
  const secret = newSecret();
  const { model, newerVersion = () => undefined } = options;
  const page = config.statusPage && model !== undefined ? await statusPage(model, newerVersion, started) : [];
  const routes = adminRoutes({ ...options, model, config, secret }, page);
  const flags = { port: '--admin-port' };
  const server = started.use(new HttpServer({ host: 'localhost', port: config.port, flags, routes, logger }));
  const address = await server.start();
  try {
    started.use(await keepSecret(secret, { port: Number(address.split(':').at(-1)), env }));
  } catch (error) {
    // A container may have no folder to write to; what needs no secret works without one.
    logger.info(
      `Reloading and ending sessions over HTTP is off: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (config.quitquitquit) logger.info(`Enabling quitquitquit endpoint at ${address}`);
  if (config.statusPage) logger.info(`Serving the status page at http://${address}/`);
  if (config.debug) logger.info(`Enabling pprof endpoints at ${address}`);
  return started.move();
}

/** Loads the page, and begins to keep the history that it shows. */
async function statusPage(
  model: ProxyModel,
  newerVersion: () => string | undefined,
  started: AsyncDisposableStack,
): Promise<readonly Route[]> {
  const [{ statusPageRoutes }, { History }] = await Promise.all([
    import('./status-page/routes.ts'),
    import('./status-page/history.ts'),
  ]);
  const history = started.use(new History({ model }));
  return statusPageRoutes({ model, history, newerVersion });
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
