// Tells when the content of a file has changed, however it was replaced.

import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, realpathSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  readonly onChange: () => void;
  /** Time from the first event until the file is looked at, in milliseconds. Default 200: editors write in steps. */
  readonly settleMs?: number;
  /** Time between two looks without an event, in milliseconds, for file systems that tell nothing. Default 60,000. */
  readonly pollMs?: number;
}

const defaultSettleMs = 200;
const defaultPollMs = 60_000;

/**
 * The folders are watched, not the file: editors and Kubernetes replace files by renaming, the latter a folder behind a
 * symbolic link. What counts is the content, so that a new time alone is no change. A file that is missing, or empty as
 * while it is written, is not looked at.
 */
export class FileWatch {
  readonly #path: string;
  readonly #options: FileWatchOptions;
  readonly #poll: NodeJS.Timeout;
  readonly #watchers: readonly FSWatcher[];
  #settling: NodeJS.Timeout | undefined;
  #digest: string | undefined;

  constructor(path: string, options: FileWatchOptions) {
    this.#path = path;
    this.#options = options;
    this.#digest = digestOf(path);
    this.#poll = setInterval(this.#look, options.pollMs ?? defaultPollMs).unref();
    this.#watchers = foldersOf(path).flatMap((folder) => this.#watch(folder));
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Where nothing can be watched, as when the system's watches are used up, the poll is what is left. */
  #watch(folder: string): readonly FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        // Not put off by further events: in a busy folder they never end, and whatever comes later is looked at again.
        this.#settling ??= setTimeout(this.#look, this.#options.settleMs ?? defaultSettleMs).unref();
      });
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  readonly #look = (): void => {
    this.#settling = undefined;
    const digest = digestOf(this.#path);
    if (digest === undefined || digest === this.#digest) return;
    this.#digest = digest;
    this.#options.onChange();
  };
}

function digestOf(path: string): string | undefined {
  try {
    const content = readFileSync(path);
    return content.length === 0 ? undefined : createHash('sha256').update(content).digest('hex');
  } catch {
    return undefined;
  }
}

/** Where the name of the file is, and where its content is. */
function foldersOf(path: string): readonly string[] {
  try {
    return [...new Set([dirname(path), dirname(realpathSync(path))])];
  } catch {
    return [dirname(path)];
  }
}
