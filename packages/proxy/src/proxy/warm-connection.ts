// One connection that waits for a client, watched for what ends its use.

import type { DialledConnection } from './session.ts';

export interface WarmConnectionOptions {
  readonly connection: DialledConnection;
  /** How long it may wait, in milliseconds. */
  readonly lifeMs: number;
  /** Called once, unless it was released before. */
  readonly onEnd: (why: 'expired' | 'dead' | 'outdated') => void;
}

// All that can happen to a connection over which nothing has been asked: PostgreSQL does not speak first.
const signsOfDeath = ['readable', 'end', 'error', 'close'] as const;

export class WarmConnection {
  readonly #options: WarmConnectionOptions;
  readonly #bornAt = Date.now();
  readonly #timer: NodeJS.Timeout;

  constructor(options: WarmConnectionOptions) {
    this.#options = options;
    const { connection, lifeMs, onEnd } = options;
    this.#timer = setTimeout(() => onEnd('expired'), lifeMs).unref();
    for (const sign of signsOfDeath) connection.socket.on(sign, this.#onDeath);
    connection.superseded?.addEventListener('abort', this.#onSuperseded);
  }

  /** By the wall clock: timers stand still while a machine sleeps. */
  get ageMs(): number {
    return Date.now() - this.#bornAt;
  }

  get isCurrent(): boolean {
    const { isCurrent, superseded } = this.#options.connection;
    return superseded?.aborted !== true && isCurrent();
  }

  /** Why a client must not get it; undefined when it may. */
  get fault(): 'expired' | 'dead' | 'outdated' | undefined {
    const { socket } = this.#options.connection;
    if (socket.destroyed || socket.readableEnded || socket.readableLength > 0 || !socket.writable) return 'dead';
    // A clock that was set back tells nothing of its age.
    if (this.ageMs < 0 || this.ageMs >= this.#options.lifeMs) return 'expired';
    return this.isCurrent ? undefined : 'outdated';
  }

  /** Ends the watch; the connection is the caller's. */
  release(): DialledConnection {
    clearTimeout(this.#timer);
    const { connection } = this.#options;
    for (const sign of signsOfDeath) connection.socket.off(sign, this.#onDeath);
    connection.superseded?.removeEventListener('abort', this.#onSuperseded);
    return connection;
  }

  readonly #onDeath = (): void => this.#options.onEnd('dead');
  readonly #onSuperseded = (): void => this.#options.onEnd('outdated');
}
