// The C library of Linux, for the few calls that no `node:` API makes. Executables alone can load it, by `bun:ffi`.

/** glibc's name, then musl's. */
export const C_LIBRARIES = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`] as const;
