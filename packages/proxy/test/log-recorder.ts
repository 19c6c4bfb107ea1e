// A logger that keeps what it is told.

import { createLogger, type Logger } from '../src/observability/logger.ts';

export interface LogRecorder {
  readonly logger: Logger;
  /** Every line so far, as text without its time. */
  readonly lines: readonly string[];
}

export function recordLog(): LogRecorder {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line.trimEnd().replace(/^\S+ \S+ /, '')) };
  return { logger: createLogger({ format: 'text', level: 'debug', sinks: { out: sink, err: sink } }), lines };
}
