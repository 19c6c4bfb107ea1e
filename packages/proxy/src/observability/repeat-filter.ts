// Keeps a storm of equal log lines down to a few of them and a count of the rest.

import { type LogFields, type Logger, mayRepeat } from './logger.ts';
import type { Severity } from './severity.ts';

export interface RepeatFilterOptions {
  /** Calls back once; returns what takes that back. Default: a timer that does not keep the process alive. */
  readonly setTimer?: (delayMs: number, callback: () => void) => () => void;
}

/** What was let through and what was held back since the first of these lines. */
interface Burst {
  readonly severity: Severity;
  readonly message: string;
  fields: LogFields;
  passed: number;
  held: number;
  readonly cancel: () => void;
}

// A pool that reconnects opens a handful of connections at once; who reads the log sees each of those.
const burstSize = 5;
const windowMs = 10_000;
// Texts that quote a server could be different each time: beyond so many, lines pass as they are.
const mostBursts = 1_000;

/** Lines that have {@link mayRepeat} are counted once five equal ones have come within ten seconds; the others pass. */
export class RepeatFilter implements Logger {
  readonly #target: Logger;
  readonly #setTimer: NonNullable<RepeatFilterOptions['setTimer']>;
  readonly #bursts = new Map<string, Burst>();

  constructor(target: Logger, { setTimer = systemTimer }: RepeatFilterOptions = {}) {
    this.#target = target;
    this.#setTimer = setTimer;
  }

  readonly debug: Logger['debug'] = (message, fields) => this.#log('debug', message, fields);
  readonly info: Logger['info'] = (message, fields) => this.#log('info', message, fields);
  readonly warn: Logger['warn'] = (message, fields) => this.#log('warn', message, fields);
  readonly error: Logger['error'] = (message, fields) => this.#log('error', message, fields);

  /** Says what is still held back. */
  flush(): void {
    for (const key of this.#bursts.keys()) this.#end(key);
  }

  #log(severity: Severity, message: string, fields: LogFields | undefined): void {
    if (fields?.[mayRepeat] !== true || !this.#isHeld(severity, message, fields)) {
      this.#target[severity](message, fields);
    }
  }

  #isHeld(severity: Severity, message: string, fields: LogFields): boolean {
    const key = `${severity} ${withoutPorts(message)}`;
    const burst = this.#bursts.get(key);
    if (burst === undefined) {
      if (this.#bursts.size >= mostBursts) return false;
      const cancel = this.#setTimer(windowMs, () => this.#end(key));
      this.#bursts.set(key, { severity, message, fields, passed: 1, held: 0, cancel });
      return false;
    }
    if (burst.passed < burstSize) {
      burst.passed += 1;
      return false;
    }
    burst.held += 1;
    burst.fields = fields;
    return true;
  }

  #end(key: string): void {
    const burst = this.#bursts.get(key);
    if (burst === undefined) return;
    this.#bursts.delete(key);
    burst.cancel();
    const { severity, message, fields, held } = burst;
    if (held > 0) {
      const text = `${message} (and ${held} more times within ${windowMs / 1_000} s)`;
      this.#target[severity](text, { ...fields, repeats: held });
    }
  }
}

/** Clients that are refused differ by the port that they come from, and by nothing else. */
function withoutPorts(message: string): string {
  return message.replaceAll(/(?<=[\d\]]):\d+\b/g, ':*');
}

function systemTimer(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}
