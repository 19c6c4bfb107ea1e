// The terminal that the program was started at, if there is one.

import { closeSync, openSync } from 'node:fs';

/** Any of the standard streams will do: the others may be pipes. */
export function isAtTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
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
