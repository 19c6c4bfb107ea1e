// The name that a release gives to the executable for a machine.

import { closeSync, openSync, readSync } from 'node:fs';
import { PROGRAM } from '../cli/program-name.ts';

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** Whether its C library is musl. */
  readonly hasMusl: boolean;
}

const systems: { readonly [Platform in NodeJS.Platform]?: string } = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'windows',
};

/** `alloydb-auth-proxy-linux-x64-musl`. */
export function executableName({ platform, arch, hasMusl }: Machine): string {
  const libc = platform === 'linux' && hasMusl ? '-musl' : '';
  return `${PROGRAM}-${systems[platform] ?? platform}-${arch}${libc}${platform === 'win32' ? '.exe' : ''}`;
}

// The name of the loader stands right behind the program headers.
const headerLength = 4_096;

/** What an executable was linked for: it names its loader. False for one that cannot be read, and for what is none. */
export function isLinkedForMusl(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      const header = Buffer.alloc(headerLength);
      readSync(file, header, 0, headerLength, 0);
      return header.includes('/ld-musl-');
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
