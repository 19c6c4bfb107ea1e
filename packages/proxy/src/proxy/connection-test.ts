// Connects to every instance once, before clients are let in.

import type { Logger } from '../observability/logger.ts';
import type { BackendCheck } from './proxy.ts';
import { StartError } from './start-error.ts';

export interface ConnectionTestOptions {
  readonly logger: Logger;
  /** Ends the test early. */
  readonly signal: AbortSignal;
}

/** What is tested. */
export interface Testable {
  checkBackends(signal: AbortSignal): Promise<readonly BackendCheck[]>;
}

/**
 * @throws {StartError} naming the instances that cannot be connected; the reasons are in the log.
 * @throws the reason of the signal when it ended the test.
 */
export async function testConnections(proxy: Testable, { logger, signal }: ConnectionTestOptions): Promise<void> {
  logger.info('Connection test started');
  const checks = await proxy.checkBackends(signal);
  // What failed because the test was ended says nothing about the instances.
  signal.throwIfAborted();
  const failed: string[] = [];
  for (const { instance, error } of checks) {
    if (error === undefined) continue;
    failed.push(instance);
    const hint = 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
    logger.error(`[${instance}] failed to connect to instance: ${error.message}`, hint);
  }
  if (failed.length === 0) {
    logger.info('Connection test passed');
    return;
  }
  logger.error('Connection test failed');
  throw new StartError(`the connection test failed for ${failed.join(', ')}`, {
    hint: 'without --run-connection-test the proxy starts and serves the instances that can be reached',
  });
}
