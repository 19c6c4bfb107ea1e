// The standard streams as sinks that never make a session wait, outlive their reader and are emptied before the exit.

import { write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LineQueue } from './line-queue.ts';
import type { LogSinks } from './logger.ts';
import { unheldDescriptor } from './unheld-descriptor.ts';

export interface StdioSinks extends LogSinks {
  /**
   * Waits until everything is written, but not for a reader that has stopped reading.
   *
   * @param limitMs milliseconds, default 1,000.
   */
  flush(limitMs?: number): Promise<void>;
  /** Called once lines can be written again after some had to be dropped. */
  onLost: (count: number) => void;
}

/** How long to wait before asking again whether a full pipe has room: at first, and when its reader seems to have stopped. */
const RETRY_AFTER_MS = { first: 5, longest: 250 };

/** For a program whose standard output is for something else. */
export function onlyStandardError(sinks: StdioSinks): StdioSinks {
  const { err } = sinks;
  return {
    out: err,
    err,
    set onLost(listener: (count: number) => void) {
      sinks.onLost = listener;
    },
    flush: (limitMs) => sinks.flush(limitMs),
  };
}

/** Standard output and standard error of this process. */
export function stdioSinks(): StdioSinks {
  const [out, err] = [new DescriptorSink(1), new DescriptorSink(2)];
  return {
    out,
    err,
    set onLost(listener: (count: number) => void) {
      out.onLost = listener;
      err.onLost = listener;
    },
    async flush(limitMs = 1_000) {
      await Promise.all([out.flush(limitMs), err.flush(limitMs)]);
    },
  };
}

/**
 * Writes to a file descriptor in order, on the thread pool. A terminal or a pipe whose reader has stopped blocks the one
 * that writes to it; the event loop, and with it every session, must not be that one. `process.stdout` is: it writes to
 * pipes synchronously, and it raises an `error` event when the reader has gone.
 */
export class DescriptorSink extends LineQueue {
  constructor(descriptor: number) {
    const unheld = unheldDescriptor(descriptor);
    super((lines) => writeAll(unheld, Buffer.from(lines.join(''))));
  }
}

async function writeAll(descriptor: number, bytes: Buffer): Promise<void> {
  let pauseMs = RETRY_AFTER_MS.first;
  for (let rest = bytes; rest.length > 0; ) {
    const written = await writeSome(descriptor, rest);
    // A log without a reader, or on a full disk, must not end sessions, and there is nowhere left to report it.
    if (written === 'failed') return;
    if (written === 'busy') {
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RETRY_AFTER_MS.longest);
    } else {
      rest = rest.subarray(written);
      pauseMs = RETRY_AFTER_MS.first;
    }
  }
}

function writeSome(descriptor: number, bytes: Buffer): Promise<number | 'busy' | 'failed'> {
  return new Promise((resolve) => {
    write(descriptor, bytes, (error, written) => {
      if (error === null) resolve(written);
      else resolve(error.code === 'EAGAIN' || error.code === 'EINTR' ? 'busy' : 'failed');
    });
  });
}
