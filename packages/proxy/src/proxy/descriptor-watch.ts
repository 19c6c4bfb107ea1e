// Notices that the process is out of file descriptors when nothing else tells.

import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

export interface DescriptorWatchOptions {
  /** Called at each look at which no descriptor could be had, with the system's error. */
  readonly onNone: (error: Error) => void;
  /** Time between two looks, in milliseconds. Default 60,000: an idle process is not woken more often. */
  readonly intervalMs?: number;
  /** Takes a descriptor and gives it back; throws the system's error when there is none. */
  readonly tryOne?: () => void;
}

const defaultIntervalMs = 60_000;

/**
 * A listener without a descriptor to accept with can spin: the system reports the waiting client at every turn of the event
 * loop, and libuv drops the error silently when its spare descriptor is gone. So one is asked for, now and then.
 */
export class DescriptorWatch {
  readonly #timer: NodeJS.Timeout;

  constructor({ onNone, intervalMs = defaultIntervalMs, tryOne = openAndClose }: DescriptorWatchOptions) {
    const look = (): void => {
      try {
        tryOne();
      } catch (error) {
        if (isOutOfDescriptors(error)) onNone(error);
      }
    };
    this.#timer = setInterval(look, intervalMs).unref();
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function openAndClose(): void {
  closeSync(openSync(devNull, 'r'));
}

function isOutOfDescriptors(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
