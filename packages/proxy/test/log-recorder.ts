// A logger that keeps what it is told.

import { createLogger, type Logger } from '../src/observability/logger.ts';

export interface LogRecorder {
  readonly logger: Logger;
  /** Every line so far, as text without its time. */
  readonly lines: readonly string[];
}

/** @param onLine told of each line too. */
export function recordLog(onLine?: (line: string) => void): LogRecorder {
  const lines: string[] = [];
  const sink = {
    write: (written: string) => {
      const line = written.trimEnd().replace(/^\S+ \S+ /, '');
      lines.push(line);
      onLine?.(line);
    },
  };
  return { logger: createLogger({ format: 'text', level: 'debug', sinks: { out: sink, err: sink } }), lines };
}
