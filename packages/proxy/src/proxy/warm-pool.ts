// Connections of one instance that are ready before their clients come.

import type { Logger } from '../observability/logger.ts';
import type { Dial, DialledConnection } from './session.ts';
import { WarmConnection } from './warm-connection.ts';
import { publishWarm, type WarmEnd } from './warm-events.ts';

export interface WarmPoolOptions {
  /** Short name of the instance. */
  readonly instance: string;
  readonly dial: Dial;
  readonly logger: Logger;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * How long a connection waits for a client, in milliseconds. PostgreSQL gives a client 60 s to log in, and its clock runs
 * from the exchange on: a client that gets a connection at the end of this still has half of that.
 */
export const warmLifeMs = 30_000;
// Connections that were made together should not all be replaced together: each lives up to this part shorter.
const lifeSpread = 0.2;
// Copies of the proxy that start together should not dial together.
const startSpreadMs = 1_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
// A pool that is to be large must not be a storm of handshakes.
const mostAttempts = 8;
// A server may end connections once, when it is restarted. One that does so again and again will not have them.
const deathsToSay = 3;

export class WarmPool {
  readonly #options: WarmPoolOptions;
  /** Oldest first. */
  readonly #idle = new Set<WarmConnection>();
  readonly #attempts = new Set<AbortController>();
  #wanted = 0;
  /** Nothing is dialled before it fires. */
  #pause: NodeJS.Timeout | undefined;
  /** Failures and deaths since a connection was last of use, or would have been. */
  #setbacks = 0;
  #isSaid = false;
  #hasStarted = false;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
  }

  /** Connections that are ready, or being made. */
  get held(): number {
    return this.#idle.size + this.#attempts.size;
  }

  get ready(): number {
    return this.#idle.size;
  }

  /** A connection that lives, the oldest one; undefined when there is none. The caller owns it. */
  take(): DialledConnection | undefined {
    const { instance } = this.#options;
    // Not now: the client that has come goes first.
    setImmediate(() => this.#fill());
    for (const warm of this.#idle) {
      const { fault } = warm;
      if (fault !== undefined) {
        this.#end(warm, fault);
        continue;
      }
      this.#idle.delete(warm);
      publishWarm({ at: 'used', instance, ageMs: warm.ageMs });
      this.#succeed();
      const connection = warm.release();
      return { ...connection, choice: `${connection.choice}; kept warm for ${Math.round(warm.ageMs)} ms` };
    }
    if (this.#wanted > 0) publishWarm({ at: 'missed', instance });
    return undefined;
  }

  /** From now on so many are held: what is too much is ended at once, what is missing is dialled. */
  keep(count: number): void {
    this.#wanted = count;
    for (const attempt of this.#attempts) {
      if (this.held <= count) break;
      this.#attempts.delete(attempt);
      attempt.abort(new Error('the connection is not wanted any more'));
    }
    for (const warm of this.#idle) {
      if (this.held <= count) break;
      this.#end(warm, 'dropped');
    }
    if (!this.#hasStarted && count > 0) {
      this.#hasStarted = true;
      this.#pauseFor(this.#options.random() * startSpreadMs);
    }
    this.#fill();
  }

  /** Ends those that were made with what is no longer so, and dials others. */
  recheck(): void {
    for (const warm of this.#idle) {
      if (!warm.isCurrent) this.#end(warm, 'outdated');
    }
    this.#fill();
  }

  /** Ends all; nothing is dialled any more. Idempotent. */
  close(): void {
    this.keep(0);
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  /** Some side by side, but one at a time while it is doubtful whether there can be any. */
  #fill(): void {
    const most = this.#setbacks > 0 ? 1 : mostAttempts;
    while (this.#pause === undefined && this.held < this.#wanted && this.#attempts.size < most) {
      const attempt = new AbortController();
      this.#attempts.add(attempt);
      void this.#make(attempt);
    }
  }

  async #make(attempt: AbortController): Promise<void> {
    const { dial, instance, logger } = this.#options;
    const startedAt = performance.now();
    try {
      const connection = await dial(attempt.signal, 'warm');
      if (this.#attempts.delete(attempt)) {
        const dialMs = Math.round(performance.now() - startedAt);
        publishWarm({ at: 'made', instance, dialMs });
        logger.debug(`[${instance}] made a connection to keep warm in ${dialMs} ms`);
        this.#add(connection);
      } else {
        connection.socket.destroy();
      }
    } catch (error) {
      // Whoever gave it up has taken it out before.
      if (!this.#attempts.delete(attempt)) return;
      publishWarm({ at: 'failed', instance, error });
      this.#suffer(error instanceof Error ? error.message : String(error));
    }
    this.#fill();
  }

  #add(connection: DialledConnection): void {
    const { random } = this.#options;
    const warm: WarmConnection = new WarmConnection({
      connection,
      lifeMs: warmLifeMs * (1 - lifeSpread * random()),
      onEnd: (why) => {
        this.#end(warm, why);
        this.#fill();
      },
    });
    this.#idle.add(warm);
  }

  #end(warm: WarmConnection, why: WarmEnd): void {
    const { instance, logger } = this.#options;
    this.#idle.delete(warm);
    warm.release().socket.destroy();
    publishWarm({ at: 'ended', instance, why });
    logger.debug(`[${instance}] ended a connection that was kept warm: ${why}`);
    if (why === 'expired') this.#succeed();
    if (why !== 'dead') return;
    if (this.#setbacks + 1 >= deathsToSay) this.#suffer('the server ends them before a client comes');
    else this.#setBack();
  }

  /** Never more than one line until it works again: clients are served all the while. */
  #suffer(reason: string): void {
    const { instance, logger } = this.#options;
    this.#setBack();
    if (this.#isSaid) return;
    this.#isSaid = true;
    logger.warn(`[${instance}] cannot keep connections warm: ${reason}`, {
      hint: 'clients are connected as without --warm-connections; it is tried again in the background',
    });
  }

  #setBack(): void {
    // Many that die together are one setback.
    if (this.#pause !== undefined) return;
    const ceilingMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#setbacks);
    this.#setbacks += 1;
    this.#pauseFor(ceilingMs * (0.5 + 0.5 * this.#options.random()));
  }

  #succeed(): void {
    const { instance, logger } = this.#options;
    this.#setbacks = 0;
    if (!this.#isSaid) return;
    this.#isSaid = false;
    logger.info(`[${instance}] Connections are kept warm again`);
  }

  #pauseFor(ms: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#fill();
    }, ms).unref();
  }
}
