// Where a service of Windows logs that was told nothing else: beside its executable, as the official proxy's does.

import { dirname, join } from 'node:path';
import { PROGRAM } from '../cli/program-name.ts';
import { LogFile } from '../observability/log-file.ts';
import type { StdioSinks } from '../observability/stdio.ts';

export function serviceLogPath(executable: string): string {
  return join(dirname(executable), 'logs', `${PROGRAM}.log`);
}

/** A file in the place of the standard streams, which a service does not have; it is made by its first line. */
export function fileSinks(path: string): StdioSinks {
  const file = new LogFile(path, { onProblem: () => undefined });
  return {
    out: file,
    err: file,
    set onLost(listener: (count: number) => void) {
      file.onLost = listener;
    },
    flush: async (limitMs = 1_000) => file.flush(limitMs),
  };
}
