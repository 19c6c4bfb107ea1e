// Why a name cannot be opened, in the few words that a system call has for it.

import type { ErrnoName } from './abi.ts';

export class FuseError extends Error {
  override readonly name = 'FuseError';
  readonly errno: ErrnoName;

  constructor(message: string, { errno, cause }: { readonly errno: ErrnoName; readonly cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.errno = errno;
  }
}
