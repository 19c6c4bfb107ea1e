// How this very program is started.

import { resolve } from 'node:path';

export interface RunningProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  /** As `process.argv`. */
  readonly argv: readonly string[];
}

/** An executable is its own program; otherwise Node runs a script. */
export function ownProgram({ execPath, execArgv, argv: [, script = ''] }: RunningProcess): readonly string[] {
  // Where Bun keeps the script inside an executable, on POSIX and on Windows.
  const isInside = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(script);
  return isInside || script === '' ? [execPath] : [execPath, ...execArgv, resolve(script)];
}
