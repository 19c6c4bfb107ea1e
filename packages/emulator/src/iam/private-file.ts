// Writes files with secrets, so that only their owner can read them and nobody else's file is lost.

import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { EmulatorError, reasonOf } from '../emulator-error.ts';

export interface PrivateFile {
  readonly path: string;
  /** What it is, for messages: "key file". */
  readonly what: string;
  /** Whether an emulator wrote what is there already. */
  readonly isOurs: (text: string) => boolean;
}

/**
 * Writes `text` with mode 0600, at once as a whole. A file that is already there is replaced only when an emulator wrote it.
 *
 * @throws EmulatorError `KEY_FILE`
 */
export async function writePrivateFile(file: PrivateFile, text: string): Promise<void> {
  await checkPrivateFile(file);
  const { path, what } = file;
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new EmulatorError('KEY_FILE', `Cannot write the ${what} "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Whether {@link writePrivateFile} would leave the file alone; to be asked before anything is started.
 *
 * @throws EmulatorError `KEY_FILE`
 */
export async function checkPrivateFile({ path, what, isOurs }: PrivateFile): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new EmulatorError('KEY_FILE', `Cannot write the ${what} "${path}": ${reasonOf(cause)}`, { cause });
  }
  if (isOurs(text)) return;
  throw new EmulatorError('KEY_FILE', `Cannot write the ${what} "${path}": it exists and is not an emulator's own`, {
    hint: 'choose another path, or move that file away',
  });
}
