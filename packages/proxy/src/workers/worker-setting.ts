// What workers are told of the configuration, and of what the primary process listens to.

import { type ConnectorOptions, dialChannel } from 'alloydb-connector';
import type { ProxyConfig } from '../config/config.ts';
import { sessionChannel } from '../proxy/session-events.ts';
import type { WorkerSetting } from './messages.ts';

/** As the connector has it: what it cannot change while it runs, they do not change either. */
export function workerSetting(
  { log, dialTimeoutMs, keepAliveMs }: Pick<ProxyConfig, 'log' | 'dialTimeoutMs' | 'keepAliveMs'>,
  { userAgent = '', httpConnect = false, ...options }: ConnectorOptions,
): WorkerSetting {
  return {
    userAgent,
    httpConnect,
    dialTimeoutMs: options.dialTimeoutMs ?? dialTimeoutMs,
    keepAliveMs: options.keepAliveMs ?? keepAliveMs,
    logLevel: log.level,
    channels: [sessionChannel, dialChannel].flatMap(({ name, hasSubscribers }) => (hasSubscribers ? String(name) : [])),
  };
}
