// The log of the program: where entries go and how they are written is decided here, once.

import type { LogConfig } from '../config/config.ts';
import { createJsonLogger } from './json-logger.ts';
import { createTextLogger } from './text-logger.ts';

/** Marks an entry that may come a thousand times a second; equal ones are then counted instead of written. */
export const mayRepeat: unique symbol = Symbol('may repeat');

/**
 * What an entry carries besides its message. In JSON each becomes a member of the entry; in text only `hint` is shown,
 * on a line of its own, so a message must be complete without its fields.
 */
export type LogFields = Readonly<Record<string, unknown>> & {
  /** What the reader can do about it, in words that can be acted on or pasted. */
  readonly hint?: string;
  readonly [mayRepeat]?: true;
};

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Takes whole lines, each with its newline. A `Writable` is one. */
export interface LineSink {
  write(line: string): unknown;
}

/** The two streams of a process; warnings and errors go to `err`, the rest to `out`. */
export interface LogSinks {
  readonly out: LineSink;
  readonly err: LineSink;
}

export interface LoggerOptions extends Pick<LogConfig, 'format' | 'level'> {
  readonly sinks: LogSinks;
  /** The clock behind the timestamps. Default: the system's. */
  readonly now?: () => Date;
}

/** Makes the logger that `--structured-logs`, `--debug-logs` and `--quiet` ask for. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = { level: options.level, sinks: options.sinks, now: options.now ?? (() => new Date()) };
  return options.format === 'json' ? createJsonLogger(settings) : createTextLogger(settings);
}
