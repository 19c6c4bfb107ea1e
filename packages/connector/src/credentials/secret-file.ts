// Reads a file that holds a secret, and warns when others can read it too.

import { readFileSync, statSync } from 'node:fs';
import { ConnectorError, reasonOf } from '../errors.ts';
import { shellWord } from '../gcloud-commands.ts';

export interface SecretFileOptions {
  /** What the file is, as in `credential file`. */
  readonly kind: string;
  readonly onWarning: (message: string, hint?: string) => void;
}

const readableByOthers = 0o044;

/** @throws {ConnectorError} `CREDENTIALS_INVALID` when it cannot be read. */
export function readSecretFile(path: string, { kind, onWarning }: SecretFileOptions): string {
  try {
    const { mode } = statSync(path);
    const text = readFileSync(path, 'utf8');
    // Windows has no such bits; what Node shows there says nothing of who may read.
    if (process.platform !== 'win32' && (mode & readableByOthers) !== 0) {
      const bits = (mode & 0o7777).toString(8).padStart(4, '0');
      onWarning(
        `The ${kind} "${path}" has mode ${bits}: other users of this machine can read it`,
        `chmod 600 ${shellWord(path)}`,
      );
    }
    return text;
  } catch (error) {
    throw new ConnectorError('CREDENTIALS_INVALID', `Cannot read the ${kind} "${path}": ${reasonOf(error)}`, {
      cause: error,
      hint: 'check the path and that this user may read the file',
    });
  }
}
