// Turns the connector's refresh events into log lines.

import { type RefreshEvent, refreshChannel } from 'alloydb-connector';
import type { Logger } from './logger.ts';

export function reportRefreshes(logger: Logger): void {
  refreshChannel.subscribe((message) => report(message as RefreshEvent, logger));
}

function report(event: RefreshEvent, logger: Logger): void {
  switch (event.at) {
    case 'started':
      logger.debug(`[${event.instance}] refreshing connection info`);
      return;
    case 'succeeded':
      logger.debug(
        `[${event.instance}] connection info refreshed, certificate expires at ${new Date(event.certificateExpiresAt).toISOString()}`,
      );
      return;
    case 'failed': {
      const { error, certificateLifeLeftMs: left } = event;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      // Without a certificate the clients that wait are told, and with them the log.
      if (left === 0) logger.debug(`[${event.instance}] refresh failed: ${error.message}`, hint);
      else
        logger.warn(
          `[${event.instance}] refresh failed, the current certificate serves for ${Math.round(left / 1000)} s: ${error.message}`,
          hint,
        );
      return;
    }
  }
}
