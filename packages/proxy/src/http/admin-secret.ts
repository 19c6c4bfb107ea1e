// The secret of a running proxy: who can read its file may change what the proxy does.

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What reaches the admin server is any user of this machine; only its own user, and root, read the file. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export interface SecretPlace {
  /** Of the admin server: one proxy has it at a time. */
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Writes it where {@link readSecret} looks; disposing of the result removes it.
 *
 * @throws when there is no folder that this user has for itself.
 */
export async function keepSecret(secret: string, place: SecretPlace): Promise<AsyncDisposable> {
  const problems: string[] = [];
  for (const folder of folders(place.env)) {
    const path = join(folder, fileName(place.port));
    try {
      await makeOwnFolder(folder);
      // Left by a process that was killed. Never written into: it could be a link.
      await rm(path, { force: true });
      await writeFile(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
      return { [Symbol.asyncDispose]: () => removeOwn(path, secret) };
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(problems.join('; '));
}

/** Undefined when there is no such proxy, or when it is another user's. */
export async function readSecret(place: SecretPlace): Promise<string | undefined> {
  for (const folder of folders(place.env)) {
    try {
      return (await readFile(join(folder, fileName(place.port)), 'utf8')).trim();
    } catch {
      // The other place is left.
    }
  }
  return undefined;
}

/** In order. The runtime folder is missing in services and in containers, and may be there for only one of the two. */
function folders({ XDG_RUNTIME_DIR: runtime }: NodeJS.ProcessEnv): readonly string[] {
  const user = process.getuid?.();
  const temporary = join(tmpdir(), user === undefined ? 'alloydb-auth-proxy' : `alloydb-auth-proxy-${user}`);
  return runtime === undefined || runtime === '' ? [temporary] : [join(runtime, 'alloydb-auth-proxy'), temporary];
}

function fileName(port: number): string {
  return `admin-${port}.secret`;
}

/** In a folder for everybody, somebody else could have made it first, and would see what is put into it. */
async function makeOwnFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(folder);
  const isOwn = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
  if (!found.isDirectory() || !isOwn) throw new Error(`"${folder}" is not a folder of this user alone`);
}

/** The next proxy on that port may have written its own by now. */
async function removeOwn(path: string, secret: string): Promise<void> {
  try {
    if ((await readFile(path, 'utf8')).trim() === secret) await rm(path, { force: true });
  } catch {
    // It is gone already.
  }
}
