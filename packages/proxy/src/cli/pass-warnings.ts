// What the connector warns of, on standard error, for commands that have no log.

import { type WarningEvent, warningChannel } from 'alloydb-connector';
import { follow } from '../observability/follow.ts';
import type { LineSink } from '../observability/logger.ts';
import { onOneLine } from '../observability/text-logger.ts';
import { PROGRAM } from './program-name.ts';

/** Until it is disposed of. */
export function passWarnings(err: LineSink): Disposable {
  return follow(warningChannel, (event) => {
    const { message, hint } = event as WarningEvent;
    err.write(`${PROGRAM}: warning: ${onOneLine(message)}\n`);
    if (hint !== undefined) err.write(`${PROGRAM}: hint: ${onOneLine(hint)}\n`);
  });
}
