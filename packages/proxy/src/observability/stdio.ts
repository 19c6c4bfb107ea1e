// The standard streams as sinks that write before they return and outlive their reader.

import { writeSync } from 'node:fs';
import type { LineSink, LogSinks } from './logger.ts';

/** How long to wait before asking again whether a full non-blocking pipe has room. */
const RETRY_AFTER_MS = 5;

/** Standard output and standard error of this process. */
export function stdioSinks(): LogSinks {
  return { out: descriptorSink(1), err: descriptorSink(2) };
}

/**
 * Writes to a file descriptor synchronously: nothing is left in a buffer when the process exits. `process.stdout` cannot
 * promise that (pipes are asynchronous on Windows) and raises an `error` event when the reader of the pipe has gone.
 */
export function descriptorSink(descriptor: number): LineSink {
  return {
    write(line) {
      let rest = Buffer.from(line);
      while (rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(descriptor, rest));
        } catch (error) {
          // A log without a reader, or on a full disk, must not end sessions, and there is nowhere left to report it.
          if (!isBusy(error)) return;
          pause(RETRY_AFTER_MS);
        }
      }
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR');
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
