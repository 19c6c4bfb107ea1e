// Turns the events of the connector into log lines.

import {
  type RefreshEvent,
  refreshChannel,
  shortInstanceName,
  parseInstanceUri,
  type WarningEvent,
  warningChannel,
} from 'alloydb-connector';
import { type LogFields, type Logger, mayRepeat } from './logger.ts';

export function reportConnectorEvents(logger: Logger): void {
  refreshChannel.subscribe((message) => reportRefresh(message as RefreshEvent, logger));
  warningChannel.subscribe((message) => {
    const { message: text, hint } = message as WarningEvent;
    logger.warn(text, hintField(hint));
  });
}

function reportRefresh(event: RefreshEvent, logger: Logger): void {
  const instance = shortInstanceName(parseInstanceUri(event.instance));
  switch (event.at) {
    case 'started':
      logger.debug(`[${instance}] refreshing connection info`);
      return;
    case 'succeeded': {
      const expiry = new Date(event.certificateExpiresAt).toISOString();
      logger.debug(`[${instance}] connection info refreshed, certificate expires at ${expiry}`);
      return;
    }
    case 'failed': {
      const { error, certificateLifeLeftMs: left } = event;
      const fields = { instance, code: error.code, ...hintField(error.hint), [mayRepeat]: true } as const;
      if (left > 0) {
        const text = `refresh failed, the current certificate serves for another ${Math.round(left / 1000)} s`;
        logger.warn(`[${instance}] ${text}: ${error.message}`, fields);
      } else {
        logger.error(`[${instance}] refresh failed: ${error.message}`, fields);
      }
      return;
    }
  }
}

function hintField(hint: string | undefined): LogFields {
  return hint === undefined ? {} : { hint };
}
