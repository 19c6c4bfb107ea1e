// Listeners that are opened when their names are looked up, at most so many, and closed when nobody uses them.

import { dirname } from 'node:path';
import { type InstanceUri, shortInstanceName } from 'alloydb-connector';
import { UsageError } from '../cli/usage-error.ts';
import { socketBehindFuse } from '../config/unix-socket.ts';
import type { Logger } from '../observability/logger.ts';
import { codeOf } from '../proxy/listen.ts';
import { StartError } from '../proxy/start-error.ts';
import type { ClientCount } from '../proxy/mounts.ts';
import { Vacancy } from '../proxy/vacancy.ts';
import { ERRNO, type ErrnoName } from './abi.ts';
import { FuseError } from './fuse-error.ts';
import { parseInstanceName } from './instance-name.ts';

export interface OnDemandListenersOptions {
  /** Folder of the folders of the sockets. */
  readonly folder: string;
  /**
   * Opens the listener of an instance on a Unix socket, and says who comes and goes. Asks the Admin API nothing. Resolves
   * with what closes it; who is connected then stays.
   *
   * @throws {StartError}
   */
  readonly listen: (uri: InstanceUri, path: string, clients: ClientCount) => Promise<() => void>;
  readonly logger: Logger;
  /** Most at one time. Default 1,000. */
  readonly limit?: number;
  /** How long one stays open that nobody uses, in milliseconds. Default 300,000. */
  readonly idleMs?: number;
}

interface Entry {
  readonly name: string;
  readonly vacancy: Vacancy;
  /** Resolves with the folder that clients are told. */
  readonly opening: Promise<string>;
  state: { readonly at: 'opening' } | { readonly at: 'open'; readonly close: () => void } | { readonly at: 'closed' };
}

export class OnDemandListeners {
  readonly #options: OnDemandListenersOptions;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #isClosed = false;
  /** Said once, until one is closed. */
  #hasToldOfLimit = false;

  constructor(options: OnDemandListenersOptions) {
    this.#options = options;
    this.#limit = options.limit ?? 1_000;
  }

  /** Those that listen now, in the order of the alphabet. */
  get names(): readonly string[] {
    return [...this.#entries.values()].flatMap(({ name, state }) => (state.at === 'open' ? name : [])).toSorted();
  }

  /**
   * Resolves with the folder of the socket, on which somebody listens by then and for so long that a client can come.
   * Undefined for a name that is not that of an instance.
   *
   * @throws {FuseError} when nobody can listen there.
   */
  open(name: string): Promise<string> | undefined {
    const uri = parseInstanceName(name);
    if (uri === undefined) return undefined;
    const known = this.#entries.get(name);
    if (known !== undefined) {
      // Counts the time anew.
      known.vacancy.enter();
      known.vacancy.leave();
      return known.opening;
    }
    if (this.#isClosed) return Promise.reject(new FuseError('the proxy is shutting down', { errno: 'ESHUTDOWN' }));
    if (this.#entries.size >= this.#limit) return Promise.reject(this.#refuse(name));
    return this.#add(name, uri).opening;
  }

  /** Opens no more; those that are open are closed by whoever has opened them. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const { vacancy } of this.#entries.values()) vacancy.close();
  }

  #add(name: string, uri: InstanceUri): Entry {
    const vacancy = new Vacancy({ limitMs: this.#options.idleMs ?? 300_000, onLapse: () => this.#close(entry) });
    const opening = this.#listen(name, uri, vacancy);
    const entry: Entry = { name, vacancy, opening: opening.then(({ folder }) => folder), state: { at: 'opening' } };
    this.#entries.set(name, entry);
    opening.then(
      ({ close }) => {
        entry.state = { at: 'open', close };
        if (!this.#isClosed) vacancy.watch();
      },
      // Whoever asks next tries again.
      () => this.#entries.delete(name),
    );
    return entry;
  }

  async #listen(name: string, uri: InstanceUri, clients: ClientCount) {
    try {
      const path = socketBehindFuse(this.#options.folder, shortInstanceName(uri));
      return { folder: dirname(path), close: await this.#options.listen(uri, path, clients) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = error instanceof StartError || error instanceof UsageError ? error.hint : undefined;
      this.#options.logger.error(`[${shortInstanceName(uri)}] ${message}`, hint === undefined ? {} : { hint });
      throw new FuseError(`cannot open ${name}: ${message}`, { errno: errnoOf(error), cause: error });
    }
  }

  #close(entry: Entry): void {
    if (entry.state.at === 'open') entry.state.close();
    entry.state = { at: 'closed' };
    entry.vacancy.close();
    this.#entries.delete(entry.name);
    this.#hasToldOfLimit = false;
  }

  #refuse(name: string): FuseError {
    const message = `cannot open ${name}: ${this.#limit} names are open, and more may not be`;
    if (!this.#hasToldOfLimit) {
      this.#options.logger.error(message, { hint: 'one that nobody uses for five minutes makes room for another' });
    }
    this.#hasToldOfLimit = true;
    return new FuseError(message, { errno: 'EMFILE' });
  }
}

/** The system's own reason, where a file system may give it. */
function errnoOf(error: unknown): ErrnoName {
  // Of a path that is too long for a socket.
  if (error instanceof UsageError) return 'ENAMETOOLONG';
  const code = codeOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
  return code in ERRNO ? (code as ErrnoName) : 'EIO';
}
