// Starts the HTTP servers that the configuration asks for.

import type { ProxyConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { adminRoutes } from './admin.ts';
import type { HealthSource } from './health-source.ts';
import { healthRoutes } from './health.ts';
import { HttpServer } from './server.ts';

export interface EndpointsOptions {
  readonly config: Pick<ProxyConfig, 'health' | 'admin'>;
  readonly source: HealthSource;
  readonly logger: Logger;
  /** Called when /quitquitquit asks the proxy to end. */
  readonly onQuit: () => void;
}

/**
 * Resolves when all of them listen, or none if there are none to start. Whoever disposes of the result closes them.
 *
 * @throws {StartError} naming the first address that cannot be listened on.
 */
export async function startEndpoints({ config, source, logger, onQuit }: EndpointsOptions): Promise<AsyncDisposable> {
  const { health, admin } = config;
  await using started = new AsyncDisposableStack();
  if (health !== undefined) {
    const { host, port, withBackendCheck } = health;
    const routes = healthRoutes({ source, withBackendCheck, logger });
    const flags = { address: '--http-address', port: '--http-port' };
    const server = started.use(new HttpServer({ host, port, flags, routes, logger }));
    logger.info(`Starting health check server at ${await server.start()}`);
  }
  if (admin !== undefined) {
    const routes = adminRoutes({ onQuit });
    const flags = { port: '--admin-port' };
    const server = started.use(new HttpServer({ host: 'localhost', port: admin.port, flags, routes, logger }));
    logger.info(`Enabling quitquitquit endpoint at ${await server.start()}`);
  }
  return started.move();
}
