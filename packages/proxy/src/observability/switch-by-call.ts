// Makes a descriptor say when it is full, by the C library: Bun has no way of its own, and its event loop waits for a socket that is full.

import { constants } from 'node:fs';
import { openCLibrary } from '../c-library.ts';

// Of fcntl(2) on Linux.
const F_GETFL = 3;
const F_SETFL = 4;

/** Elsewhere than on Linux fcntl cannot be called so: it takes as many arguments as one likes. */
export function switchByCall(descriptor: number): void {
  if (process.platform !== 'linux') return;
  try {
    const { symbols } = openCLibrary({ fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' } });
    const flags = symbols.fcntl(descriptor, F_GETFL, 0);
    if (flags !== null && flags !== -1) symbols.fcntl(descriptor, F_SETFL, flags | constants.O_NONBLOCK);
  } catch {
    // Without the library it stays as it is.
  }
}
