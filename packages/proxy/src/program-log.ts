// The log of a running program: on its standard streams or in a file, and elsewhere when the configuration says so anew.

import { reportStartupError } from './cli/messages.ts';
import type { LogConfig } from './config/config.ts';
import { LogFile } from './observability/log-file.ts';
import { createLogger, type Logger, type LogSinks } from './observability/logger.ts';
import { RepeatFilter } from './observability/repeat-filter.ts';
import type { StdioSinks } from './observability/stdio.ts';
import { SwitchableLogger } from './observability/switchable-logger.ts';

/** The standard streams, as far as a log needs them. */
type Streams = LogSinks & Pick<StdioSinks, 'onLost'>;

export class ProgramLog implements AsyncDisposable {
  readonly logger: Logger;
  readonly #target: SwitchableLogger;
  readonly #filter: RepeatFilter;
  readonly #stdio: Streams;
  #file: { readonly path: string; readonly sink: LogFile } | undefined;

  constructor(config: LogConfig, stdio: Streams) {
    this.#stdio = stdio;
    this.#target = new SwitchableLogger(createLogger({ ...config, sinks: this.#sinksFor(config) }));
    this.#filter = new RepeatFilter(this.#target);
    this.logger = this.#filter;
    stdio.onLost = (count) => this.#onLost(count);
  }

  /** What is logged from now on is written as this configuration says. */
  async use(config: LogConfig): Promise<void> {
    const before = this.#file;
    this.#target.use(createLogger({ ...config, sinks: this.#sinksFor(config) }));
    if (before !== this.#file) await before?.sink[Symbol.asyncDispose]();
  }

  /** Waits a second at most for what is still to be written to a file. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#filter.flush();
    await this.#file?.sink[Symbol.asyncDispose]();
  }

  #sinksFor(config: LogConfig): LogSinks {
    const { file: path } = config;
    if (path === undefined) {
      this.#file = undefined;
      return this.#stdio;
    }
    if (path !== this.#file?.path) this.#file = { path, sink: this.#open(path, config) };
    const { sink } = this.#file;
    return { out: sink, err: sink };
  }

  #open(path: string, { format }: LogConfig): LogFile {
    const sink = new LogFile(path, {
      onProblem: ({ message }) => {
        const error = Object.assign(new Error(`cannot write the log file "${path}": ${message}`), {
          hint: 'the proxy runs on and tries again; lines that wait too long are lost',
        });
        reportStartupError(error, { format, sinks: this.#stdio });
      },
    });
    sink.onLost = (count) => this.#onLost(count);
    return sink;
  }

  #onLost(count: number): void {
    const why = this.#file === undefined ? 'nobody read them' : 'they could not be written';
    this.logger.warn(`${count} log lines were lost: ${why} in time`);
  }
}
