// Writes service-account key files that only their owner can read.

import { open, readFile, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import type { ServiceAccountKey } from './service-account-keys.ts';

/**
 * Writes `key` to `path` with mode 0600. A file that is already there is replaced only when an emulator wrote it: a real
 * key cannot be downloaded a second time.
 *
 * @throws EmulatorError `KEY_FILE`
 */
export async function writeKeyFile(path: string, key: ServiceAccountKey): Promise<void> {
  await checkKeyFilePath(path);
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(key, null, 2)}\n`);
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new EmulatorError('KEY_FILE', `Cannot write the key file "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Whether {@link writeKeyFile} would leave the file at `path` alone; to be asked before anything is started.
 *
 * @throws EmulatorError `KEY_FILE`
 */
export async function checkKeyFilePath(path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new EmulatorError('KEY_FILE', `Cannot write the key file "${path}": ${reasonOf(cause)}`, { cause });
  }
  if (isEmulatorKey(text)) return;
  throw new EmulatorError('KEY_FILE', `Cannot write the key file "${path}": it exists and is not an emulator's key`, {
    hint: 'choose another path, or move that file away',
  });
}

function isEmulatorKey(text: string): boolean {
  try {
    const key: unknown = JSON.parse(text);
    if (typeof key !== 'object' || key === null || !('token_uri' in key)) return false;
    return typeof key.token_uri === 'string' && key.token_uri.startsWith('http://127.0.0.1:');
  } catch {
    return false;
  }
}
