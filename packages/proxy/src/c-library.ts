// The C library of Linux, for the few calls that no `node:` API makes. Executables alone can load it, by `bun:ffi`.

import { createRequire } from 'node:module';
import type * as Ffi from 'bun:ffi';

/** glibc's name, then musl's. */
const names = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`] as const;

// Of Linux on 64-bit machines: sys/socket.h and bits/socket.h of glibc and musl agree about them.
export const AF_UNIX = 1;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;

/**
 * With the functions of these signatures, ready to be called.
 *
 * @throws {Error} when there is no such library, or not Bun.
 */
export function openCLibrary<Names extends string>(
  signatures: Readonly<Record<Names, Ffi.Signature>>,
): Ffi.Library<Names> {
  const { dlopen } = createRequire(import.meta.url)('bun:ffi') as typeof Ffi;
  let cause: unknown;
  for (const name of names) {
    try {
      return dlopen(name, signatures);
    } catch (error) {
      cause = error;
    }
  }
  throw new Error('no C library was found', { cause });
}
