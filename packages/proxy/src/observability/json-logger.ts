// Log entries as Cloud Logging's LogEntry, one JSON object a line.

import { pino, type Level } from 'pino';
import type { LineSink, LogFields, Logger, LoggerOptions } from './logger.ts';
import type { Severity } from './severity.ts';

/** The names that https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity gives to ours. */
const SEVERITY_NAMES: Readonly<Record<string, string>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};

export function createJsonLogger({ level, sinks, now }: Required<Omit<LoggerOptions, 'format'>>): Logger {
  const outLogger = entryWriter(level, sinks.out, now);
  const errLogger = entryWriter(level, sinks.err, now);
  const write = (severity: Severity & Level, message: string, fields: LogFields = {}) => {
    const logger = severity === 'warn' || severity === 'error' ? errLogger : outLogger;
    logger[severity](fields, message);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}

function entryWriter(level: LoggerOptions['level'], sink: LineSink, now: () => Date) {
  return pino(
    {
      level,
      // Process id and host name are known to whatever collects the log.
      base: null,
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITY_NAMES[label] ?? 'DEFAULT' }) },
    },
    sink,
  );
}
