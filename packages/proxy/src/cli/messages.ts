// What the program says outside its log: the text that was asked for, or the two lines that explain why it did not start.

import type { LogConfig } from '../config/config.ts';
import { createLogger, type LineSink, type LogSinks } from '../observability/logger.ts';
import { onOneLine } from '../observability/text-logger.ts';
import { PROGRAM } from './program-name.ts';

/** Prints what --help or --version asked for. */
export function printText(text: string, out: LineSink): void {
  out.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Any error; the program's own and the connector's carry a hint. */
export type StartupError = Error & { readonly hint?: string | undefined };

export interface ReportOptions {
  /** With `json` the report is one LogEntry, as --structured-logs promises of every line. */
  readonly format: LogConfig['format'];
  readonly sinks: LogSinks;
}

/**
 * Tells on standard error why the program cannot start, and what to do about it where that is known: two lines for a
 * reader, or one LogEntry.
 */
export function reportStartupError(error: StartupError, { format, sinks }: ReportOptions): void {
  const { message, hint } = error;
  if (format === 'json') {
    createLogger({ format, level: 'error', sinks }).error(message, hint === undefined ? {} : { hint });
    return;
  }
  const hintLine = hint === undefined ? '' : `${PROGRAM}: hint: ${onOneLine(hint)}\n`;
  sinks.err.write(`${PROGRAM}: error: ${onOneLine(withoutCapital(message))}\n${hintLine}`);
}

/** Messages of the connector are sentences; behind the program's name they go on in lower case. */
function withoutCapital(message: string): string {
  return message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
