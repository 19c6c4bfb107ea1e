// Log entries as lines of text, in the layout of Go's log package that scripts around the official proxy read.

import type { LogFields, Logger, LoggerOptions } from './logger.ts';
import { passes, type Severity } from './severity.ts';

export function createTextLogger({ level, sinks, now }: Required<Omit<LoggerOptions, 'format'>>): Logger {
  const timestamp = timestamps();
  function write(severity: Severity, message: string, fields: LogFields | undefined): void {
    if (!passes(level, severity)) return;
    const sink = severity === 'warn' || severity === 'error' ? sinks.err : sinks.out;
    const prefix = timestamp(now());
    const hintLine = fields?.hint === undefined ? '' : `${prefix} hint: ${onOneLine(fields.hint)}\n`;
    // One write, so that the hint cannot be parted from its message by another process on the same stream.
    sink.write(`${prefix} ${onOneLine(message)}\n${hintLine}`);
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}

/** Lines of one second have it in common. */
function timestamps(): (date: Date) => string {
  let second = Number.NaN;
  let text = '';
  return (date) => {
    const its = Math.floor(date.getTime() / 1000);
    if (its !== second) [second, text] = [its, formatTimestamp(date)];
    return text;
  };
}

/** `YYYY/MM/DD HH:MM:SS` in local time. */
function formatTimestamp(date: Date): string {
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('/');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${day} ${time}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

/**
 * Spells control characters out. Messages quote what servers and clients sent, and neither may forge a log line with a
 * newline or drive the reader's terminal with an escape sequence.
 */
export function onOneLine(text: string): string {
  return text.replace(/(?!\t)[\p{Cc}\u2028\u2029]/gu, (character) => {
    return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
