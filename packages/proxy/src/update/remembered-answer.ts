// Remembers the last answer with its ETag in a file, so that a server need not send again what has not changed.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROGRAM } from '../cli/program-name.ts';
import type { Fetch } from './fetch.ts';
import { isObject } from './refusal.ts';

interface Remembered {
  readonly url: string;
  readonly etag: string;
  readonly body: string;
}

/** What is longer is asked for in full each time. */
const longestRemembered = 256 * 1024;

/** Does without a memory where the file cannot be read or written: it only spares the server. */
export function rememberingFetch(fetch: Fetch, file: string | undefined): Fetch {
  if (file === undefined) return fetch;
  return async (request) => {
    const before = read(file);
    const known = before?.url === request.url.href ? before : undefined;
    const condition = known === undefined ? {} : { 'if-none-match': known.etag };
    const answer = await fetch({ ...request, headers: { ...request.headers, ...condition } });
    if (answer.status === 304 && known !== undefined) return { ...answer, status: 200, body: Buffer.from(known.body) };
    const { etag } = answer.headers;
    if (answer.status === 200 && etag !== undefined && answer.body.length <= longestRemembered) {
      write(file, { url: request.url.href, etag, body: answer.body.toString('utf8') });
    }
    return answer;
  };
}

/** Where programs of this system keep what they can do without; undefined when nobody says. */
export function memoryFile(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string | undefined {
  const named =
    env['CACHE_DIRECTORY'] ?? env['XDG_CACHE_HOME'] ?? (platform === 'win32' ? env['LOCALAPPDATA'] : undefined);
  if (named !== undefined && named !== '') return join(named, PROGRAM, 'newest-release.json');
  const home = env['HOME'];
  if (home === undefined || home === '') return undefined;
  return join(home, platform === 'darwin' ? 'Library/Caches' : '.cache', PROGRAM, 'newest-release.json');
}

function read(file: string): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isObject(value)) return undefined;
    const { url, etag, body } = value;
    return [url, etag, body].every((each) => typeof each === 'string') ? (value as unknown as Remembered) : undefined;
  } catch {
    return undefined;
  }
}

function write(file: string, remembered: Remembered): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, JSON.stringify(remembered), { mode: 0o600 });
    // Whoever reads it meanwhile finds one whole answer or the other.
    renameSync(unfinished, file);
  } catch {
    removeIfThere(unfinished);
  }
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where it cannot be removed it could not be written either.
  }
}
