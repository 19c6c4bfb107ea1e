// A descriptor to write to that says when it is full, where the given one would hold whoever writes until its reader goes on.

import { constants, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { switchByCall } from './switch-by-call.ts';

/**
 * A write that is held cannot be taken back: it keeps a thread of the pool from everybody else, and Node waits for its
 * threads when it ends, so that a reader which has stopped could keep the process for ever.
 *
 * Linux opens a pipe or a terminal a second time, so that nothing changes for others who write to it. Everything else can
 * only be switched itself.
 */
export function unheldDescriptor(given: number): number {
  if (process.platform === 'win32') return given;
  try {
    const found = fstatSync(given);
    const isTerminal = isatty(given);
    // Elsewhere /dev/fd has duplicates, which share the switch with everybody.
    if (process.platform === 'linux' && (found.isFIFO() || isTerminal)) return reopened(given);
    // A terminal is the shell's as well.
    if ((found.isFIFO() || found.isSocket()) && !isTerminal) switchOver(given);
  } catch {
    // It is not open, or not ours to open: writing to the given one goes on as far as it goes.
  }
  return given;
}

function reopened(given: number): number {
  return openSync(`/proc/self/fd/${given}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}

/** Node switches every descriptor that it makes a stream of. The stream itself is never used, and never closed. */
function switchOver(given: number): void {
  if (process.versions.bun !== undefined) {
    switchByCall(given);
    return;
  }
  const { Socket } = process.getBuiltinModule('node:net');
  const stream = new Socket({ fd: given, readable: false, writable: true });
  stream.on('error', () => undefined).unref();
}
