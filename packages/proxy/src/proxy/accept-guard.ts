// Keeps a listener from spinning, and from dying, while the system cannot accept connections.

import type { Server } from 'node:net';
import type { ListenAt } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { DescriptorRoom, moreDescriptors } from './descriptor-limit.ts';
import { lackOfDescriptors } from './descriptor-watch.ts';
import { listen } from './listen.ts';

export interface AcceptGuardOptions {
  /** It listens already. */
  readonly server: Server;
  readonly listenAt: ListenAt;
  /** Whether it can be closed and opened again; not so when somebody else has opened it. */
  readonly canReopen: boolean;
  /** Short name of the instance, for log lines. */
  readonly instance: string;
  readonly logger: Logger;
  /** Looks whether a client that was accepted took one of the last descriptors. Default: only where {@link toldByNobody}. */
  readonly lack?: (() => Error | undefined) | undefined;
}

/**
 * - `accepting`: all is well, or one error came that was the end of it.
 * - `pausing`: the listener is closed until the timer fires.
 * - `reopening`: the listener is being opened again.
 */
type State =
  | { readonly at: 'accepting' }
  | { readonly at: 'pausing'; readonly timer: NodeJS.Timeout }
  | { readonly at: 'reopening' }
  | { readonly at: 'closed' };

const shortestPauseMs = 5;
const longestPauseMs = 1000;
/** Errors closer together than this are a spin: the system tells of one waiting client again and again. */
const spinMs = 5;
/**
 * Bun keeps no spare descriptor and drops the error: a listener with a client that cannot be accepted spins, and nobody is
 * told. What is left then is to stop accepting while there are still some descriptors, for dials and for health checks.
 */
const toldByNobody = process.versions['bun'] !== undefined;
const descriptorsToKeep = 4;
/** As long as more are left nobody needs to take the last ones to see whether they are there. */
const plentyOfDescriptors = 64;
const room = new DescriptorRoom();
/** One log line in this time. */
const quietMs = 10_000;

/**
 * Out of descriptors (EMFILE, ENFILE), libuv accepts with a spare one and hangs up at once: the client is gone, nothing
 * spins, and nobody is told. An error reaches the server only when the spare one was lost to another thread. The client
 * that could not be accepted then still waits, so the error comes back at every turn of the event loop. Node has no way to
 * stop watching a listener but to close it. So that is done, for 5 ms at first and up to 1 s while it goes on; whoever comes
 * meanwhile is refused by the system, and could not have been served. Sessions are not touched. Opening the listener
 * again makes libuv take a new spare one, so that it succeeds only once there are descriptors again.
 *
 * Once libuv has lost the spare one altogether (the limit was lowered under it, or somebody else was faster), it tells nobody:
 * then {@link DescriptorWatch} notices and calls {@link pause}.
 *
 * Other errors (ECONNABORTED, a full buffer) concern one client and are logged.
 */
export class AcceptGuard {
  #options: AcceptGuardOptions;
  #state: State = { at: 'accepting' };
  #pauseMs = shortestPauseMs;
  #lastErrorAt = Number.NEGATIVE_INFINITY;
  #lastLineAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(options: AcceptGuardOptions) {
    this.#options = options;
    options.server.on('error', this.#onError);
    const { lack = toldByNobody ? lackOfLastOnes : undefined } = options;
    if (lack === undefined) return;
    options.server.on('connection', () => {
      const error = lack();
      if (error !== undefined) this.pause(error);
    });
  }

  /** Closes the listener for a moment because of `error`, and opens it again as soon as that is possible. */
  pause(error: Error): void {
    if (this.#state.at !== 'accepting') return;
    this.#report(error);
    this.#pause();
  }

  /** Goes on for a listener whose name, or permissions, have changed. */
  follow({ listenAt, instance }: Pick<AcceptGuardOptions, 'listenAt' | 'instance'>): void {
    this.#options = { ...this.#options, listenAt, instance };
  }

  /** Gives up the listener to whoever closes it. Idempotent. */
  close(): void {
    if (this.#state.at === 'pausing') clearTimeout(this.#state.timer);
    this.#state = { at: 'closed' };
  }

  readonly #onError = (error: Error): void => {
    if (this.#state.at !== 'accepting') return;
    this.#report(error);
    const now = performance.now();
    const isSpin = now - this.#lastErrorAt < spinMs;
    if (now - this.#lastErrorAt > 2 * longestPauseMs) this.#pauseMs = shortestPauseMs;
    this.#lastErrorAt = now;
    if (isSpin) this.#pause();
  };

  #pause(): void {
    if (!this.#options.canReopen) return;
    const port = this.#boundPort();
    this.#options.server.close();
    this.#reopenLater(port);
  }

  #reopenLater(port: number): void {
    const timer = setTimeout(() => void this.#reopen(port), this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
    this.#state = { at: 'pausing', timer };
  }

  async #reopen(port: number): Promise<void> {
    const { server, listenAt } = this.#options;
    this.#state = { at: 'reopening' };
    try {
      // As it is to be now, which may have changed meanwhile; on the port that clients know.
      await listen(server, listenAt.kind === 'unix' ? listenAt : { ...listenAt, port });
      if (this.#isClosed) server.close();
      else this.#state = { at: 'accepting' };
    } catch (error) {
      if (this.#isClosed) return;
      this.#report(error instanceof Error ? error : new Error(String(error)));
      this.#reopenLater(port);
    }
  }

  get #isClosed(): boolean {
    return this.#state.at === 'closed';
  }

  /** The port that the system, or another instance, may have left to it; 0 for a Unix socket. */
  #boundPort(): number {
    const bound = this.#options.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  #report(error: Error): void {
    const now = performance.now();
    if (now - this.#lastLineAt < quietMs) {
      this.#unsaid += 1;
      return;
    }
    const { instance, logger } = this.#options;
    const before = this.#unsaid === 0 ? '' : ` (and ${this.#unsaid} times before)`;
    logger.error(`[${instance}] cannot accept a connection: ${error.message}${before}`, hintOf(error));
    this.#lastLineAt = now;
    this.#unsaid = 0;
  }
}

function lackOfLastOnes(): Error | undefined {
  return room.isFarFrom(plentyOfDescriptors) ? undefined : lackOfDescriptors(descriptorsToKeep);
}

function hintOf(error: Error): { readonly hint?: string } {
  const cause = 'code' in error ? error : error.cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE' ? { hint: moreDescriptors } : {};
}
