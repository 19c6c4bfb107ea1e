// The terminal that the program was started at, if there is one.

import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Any of the standard streams will do: the others may be pipes. Their streams are left alone: making one switches its pipe
 * to non-blocking for every other program that writes to it.
 */
export function isAtTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/** Whether the terminal is still there: one that was closed cannot be opened any more. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
