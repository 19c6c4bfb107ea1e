// Notices that the process is out of file descriptors when nothing else tells.

import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

export interface DescriptorWatchOptions {
  /** Called at each look at which no descriptor could be had, with the system's error. */
  readonly onNone: (error: Error) => void;
  /** Time between two looks, in milliseconds. Default 60,000: an idle process is not woken more often. */
  readonly intervalMs?: number;
  /** The system's error when there is no descriptor. */
  readonly lack?: () => Error | undefined;
}

const defaultIntervalMs = 60_000;

/**
 * The system's error when fewer descriptors than `wanted` are left; undefined when there are enough, or nothing can be told.
 */
export function lackOfDescriptors(wanted: number): Error | undefined {
  const taken: number[] = [];
  try {
    while (taken.length < wanted) taken.push(openSync(devNull, 'r'));
  } catch (error) {
    if (isOutOfDescriptors(error)) return error;
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
  return undefined;
}

/**
 * A listener without a descriptor to accept with can spin: the system reports the waiting client at every turn of the event
 * loop, and libuv drops the error silently when its spare descriptor is gone. So one is asked for, now and then.
 */
export class DescriptorWatch {
  readonly #timer: NodeJS.Timeout;

  constructor({ onNone, intervalMs = defaultIntervalMs, lack = () => lackOfDescriptors(1) }: DescriptorWatchOptions) {
    const look = (): void => {
      const error = lack();
      if (error !== undefined) onNone(error);
    };
    this.#timer = setInterval(look, intervalMs).unref();
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function isOutOfDescriptors(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
