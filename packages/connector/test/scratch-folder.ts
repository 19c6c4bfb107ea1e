// A folder for the files of one test, gone when the test ends.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchFolder extends Disposable {
  readonly path: string;
  /** Writes a file, readable by its owner alone unless a mode is given, and returns its path. */
  write(name: string, content: string | object, mode?: number): string;
}

export function scratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), 'connector-test-'));
  return {
    path,
    write(name, content, mode = 0o600) {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
