// Follows the messages of a session that is being relayed, and its age.

import type { Socket } from 'node:net';
import { IdleTracker } from '../postgres/idle-tracker.ts';
import { chosenLifetime, type SessionLimits } from './session-limits.ts';

export interface SessionWatchOptions {
  readonly client: Socket;
  readonly instance: Socket;
  /** What the client has sent already. */
  readonly held: readonly Buffer[];
  readonly limits: SessionLimits;
  /** Called when the session is too old and idle; again when it was not ended then and has become idle once more. */
  readonly onOverdue: () => void;
}

export class SessionWatch {
  readonly #tracker = new IdleTracker();
  readonly #lifetime: NodeJS.Timeout | undefined;

  /** Both sockets are left paused: the relay, which is about to take over, must not miss a byte. */
  constructor({ client, instance, held, limits, onOverdue }: SessionWatchOptions) {
    const tracker = this.#tracker;
    for (const chunk of held) tracker.clientSent(chunk);
    client.on('data', (chunk: Buffer) => tracker.clientSent(chunk));
    instance.on('data', (chunk: Buffer) => tracker.serverSent(chunk));
    client.pause();
    instance.pause();
    if (limits.maxLifetimeMs === 0) return;
    this.#lifetime = setTimeout(() => this.whenIdle(onOverdue), chosenLifetime(limits));
  }

  /** Calls back whenever it is idle from now on; of several, only the last who asked. */
  whenIdle(callback: () => void): void {
    const tracker = this.#tracker;
    // The chunk that made it idle is still to be passed on, and the client may have gone on when that is done.
    tracker.onIdle = () => process.nextTick(() => tracker.isIdle && callback());
    if (tracker.isIdle) callback();
  }

  /** Whether no transaction is open and nothing is under way, as far as that can be told. */
  get isIdle(): boolean {
    return this.#tracker.isIdle;
  }

  close(): void {
    clearTimeout(this.#lifetime);
    this.#tracker.onIdle = undefined;
  }
}
