// Whether a service's own user can get at the program that it is to run.

import { statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';

export interface ReachableOptions {
  /** Root reads everything. */
  readonly asRoot: boolean;
  /** Whether a path will be gone one day. Default: whatever lies in /tmp or /var/tmp. */
  readonly isTemporary?: (path: string) => boolean;
}

/**
 * Looks at the running system, where a program can lie in somebody's home.
 *
 * @throws {UsageError} when a file is missing, or is not for everybody to read.
 */
export function refuseUnreachable(
  program: readonly string[],
  { asRoot, isTemporary = (path) => /^\/(?:var\/)?tmp\//.test(path) }: ReachableOptions,
): void {
  for (const path of program.filter((word) => isAbsolute(word))) {
    const hint =
      'install the program for everybody: npm install -g alloydb-auth-proxy, or put the executable into /usr/local/bin';
    if (isTemporary(path)) {
      throw new UsageError(`a service cannot run ${path}: temporary files do not last`, { hint });
    }
    for (let at = path; ; at = dirname(at)) {
      const found = statSync(at, { throwIfNoEntry: false });
      if (found === undefined) throw new UsageError(`there is no ${at}`, { hint: 'check the path: --program PATH' });
      const needed = found.isDirectory() ? 0o001 : 0o004;
      if (!asRoot && (found.mode & needed) === 0) {
        throw new UsageError(`the user of a service cannot read ${at}, where its program is`, { hint });
      }
      if (at === dirname(at)) break;
    }
  }
}
