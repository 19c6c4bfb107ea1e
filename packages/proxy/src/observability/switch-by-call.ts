// Makes a descriptor say when it is full, by the C library: Bun has no way of its own, and its event loop waits for a socket that is full.

import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Ffi from 'bun:ffi';
import { C_LIBRARIES } from '../c-library.ts';

// Of fcntl(2) on Linux.
const F_GETFL = 3;
const F_SETFL = 4;

/** Elsewhere than on Linux fcntl cannot be called so: it takes as many arguments as one likes. */
export function switchByCall(descriptor: number): void {
  if (process.platform !== 'linux') return;
  const { dlopen } = createRequire(import.meta.url)('bun:ffi') as typeof Ffi;
  for (const name of C_LIBRARIES) {
    try {
      const { symbols } = dlopen(name, { fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' } });
      const flags = symbols.fcntl(descriptor, F_GETFL, 0);
      if (flags !== null && flags !== -1) symbols.fcntl(descriptor, F_SETFL, flags | constants.O_NONBLOCK);
      return;
    } catch {
      // The other one, then.
    }
  }
}
