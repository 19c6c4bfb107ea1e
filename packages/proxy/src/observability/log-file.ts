// A file as the sink of the log: written in order off the event loop, rotated, followed when it is moved, outliving a full disk.

import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LineQueue } from './line-queue.ts';
import { type KeptLogFiles, oldLogFilePath, removeOldLogFiles } from './old-log-files.ts';

export interface LogFileLimits extends KeptLogFiles {
  /** A line that would make the file larger than this begins a new one. */
  readonly maxBytes: number;
}

/** Those of the official proxy's Windows service: 50 MB, ten old files, thirty days. */
export const LOG_FILE_LIMITS: LogFileLimits = {
  maxBytes: 50 * 1024 * 1024,
  maxOldFiles: 10,
  maxAgeMs: 30 * 24 * 60 * 60 * 1_000,
};

export interface LogFileOptions {
  /** Told when the log cannot be written, and not again before it could be. */
  readonly onProblem: (error: Error) => void;
  readonly limits?: LogFileLimits;
  /** How long to leave a file alone that cannot be written, in milliseconds. Default: 1,000. */
  readonly retryAfterMs?: number;
  /** Default: the system's clock. */
  readonly now?: () => Date;
}

/** How long a file may grow beyond its limit because it could not be renamed, before that is tried again. */
const ROTATE_AGAIN_AFTER_MS = 60_000;

interface OpenFile {
  readonly handle: FileHandle;
  readonly identity: string;
  /** When its first line was written, in milliseconds since the epoch. */
  readonly since: number;
  size: number;
}

/**
 * What cannot be written waits, and is lost only when too much of it does: a disk that is full for a minute costs no line.
 * Before each write the path is looked at, so that a tool which has moved the file away gets no line behind its back.
 */
export class LogFile extends LineQueue implements AsyncDisposable {
  readonly #path: string;
  readonly #options: Required<LogFileOptions>;
  readonly #closed = new AbortController();
  #file: OpenFile | undefined;
  #isBroken = false;
  /** In milliseconds since the epoch; 0 when the last rotation went well. */
  #rotateAgainAt = 0;

  constructor(path: string, options: LogFileOptions) {
    super((lines) => this.#writeLines(lines));
    this.#path = path;
    this.#options = { limits: LOG_FILE_LIMITS, retryAfterMs: 1_000, now: () => new Date(), ...options };
  }

  /** Waits a second at most for what is still to be written. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush(1_000);
    this.#closed.abort();
    await this.#close();
  }

  async #writeLines(lines: readonly string[]): Promise<void> {
    for (let next = 0; next < lines.length && !this.#closed.signal.aborted; ) {
      const room = await this.#makeRoom(lines[next] ?? '');
      let [end, bytes] = [next + 1, Buffer.byteLength(lines[next] ?? '')];
      for (; end < lines.length; end += 1) {
        bytes += Buffer.byteLength(lines[end] ?? '');
        if (bytes > room) break;
      }
      await this.#append(Buffer.from(lines.slice(next, end).join('')));
      next = end;
    }
  }

  /** Writes all of it, however long the disk takes for it. */
  async #append(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !this.#closed.signal.aborted; ) {
      const written = await this.#attempt(async () => {
        const file = await this.#current();
        const { bytesWritten } = await file.handle.write(rest);
        file.size += bytesWritten;
        return bytesWritten;
      });
      rest = rest.subarray(written ?? 0);
    }
  }

  /** Rotates when the line does not fit any more; resolves with the bytes that do. */
  async #makeRoom(line: string): Promise<number> {
    const { limits, now } = this.#options;
    const room = await this.#attempt(async () => {
      const file = await this.#current();
      const isFull = file.size + Buffer.byteLength(line) > limits.maxBytes;
      const isOld = now().getTime() - file.since > limits.maxAgeMs;
      if (file.size > 0 && (isFull || isOld)) await this.#rotate();
      return limits.maxBytes - (await this.#current()).size;
    });
    return room ?? 0;
  }

  /** The file that the path names now. */
  async #current(): Promise<OpenFile> {
    if (this.#file !== undefined && this.#file.identity === (await identityOf(this.#path))) return this.#file;
    const { limits, now } = this.#options;
    await this.#close();
    const handle = await openInFolder(this.#path);
    const { dev, ino, size, birthtimeMs, mtimeMs } = await handle.stat({ bigint: true });
    const isNew = size === 0n;
    // File systems that do not know the birth of a file say the epoch.
    const since = isNew ? now().getTime() : Number(birthtimeMs > 0n ? birthtimeMs : mtimeMs);
    this.#file = { handle, identity: `${dev}:${ino}`, since, size: Number(size) };
    // Whoever may write the file need not be allowed to read or change its folder.
    await removeOldLogFiles(this.#path, { ...limits, now: now() }).catch(() => undefined);
    return this.#file;
  }

  /** A folder that lets nothing be renamed must not keep lines from being written: the file grows until it does. */
  async #rotate(): Promise<void> {
    const at = this.#options.now();
    if (at.getTime() < this.#rotateAgainAt) return;
    try {
      let attempt = 0;
      while ((await identityOf(oldLogFilePath(this.#path, { at, attempt }))) !== undefined) attempt += 1;
      // Windows renames no file that is open.
      await this.#close();
      await rename(this.#path, oldLogFilePath(this.#path, { at, attempt }));
      this.#rotateAgainAt = 0;
    } catch (error) {
      if (this.#rotateAgainAt === 0) this.#report(error);
      this.#rotateAgainAt = at.getTime() + ROTATE_AGAIN_AFTER_MS;
    }
  }

  async #close(): Promise<void> {
    const handle = this.#file?.handle;
    this.#file = undefined;
    await handle?.close().catch(() => undefined);
  }

  #report(error: unknown): void {
    this.#options.onProblem(error instanceof Error ? error : new Error(String(error)));
  }

  /** Says once what is wrong, and leaves the file alone for a while. */
  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await action();
      this.#isBroken = false;
      return result;
    } catch (error) {
      if (!this.#isBroken) this.#report(error);
      this.#isBroken = true;
      await this.#close();
      await wait(this.#options.retryAfterMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
      return undefined;
    }
  }
}

async function openInFolder(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeFolder(dirname(path));
    return await open(path, 'a', 0o600);
  }
}

/** Node's own `recursive` never ends where a symbolic link on the way leads nowhere. */
async function makeFolder(folder: string): Promise<void> {
  const make = async (): Promise<void> => mkdir(folder, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    if (!isMissing(error) || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await make();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Tells files apart whatever their names; undefined when there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
