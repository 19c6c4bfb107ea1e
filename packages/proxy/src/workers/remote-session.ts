// A session that a worker serves, as the primary process sees it.

import type { Socket } from 'node:net';
import type { ProxyEnd } from '../proxy/farewell.ts';
import type { Admission, RunningSession, SessionOptions } from '../proxy/session.ts';
import { publishSession, type SessionEvent, type Traffic } from '../proxy/session-events.ts';
import type { DialTarget, FromWorker, SentAdmission, ToWorker } from './messages.ts';

/** The worker that a client is handed to. */
export interface Host {
  readonly send: (message: ToWorker, socket?: Socket) => void;
}

export interface RemoteSessionOptions extends SessionOptions {
  readonly target: DialTarget;
  /** Resolves with the worker that has least to do, once there is one; undefined when there will be none. */
  readonly findHost: (session: RemoteSession) => Promise<Host | undefined>;
}

export class RemoteSession implements RunningSession {
  readonly #client: Socket;
  readonly #options: RemoteSessionOptions;
  readonly #over = Promise.withResolvers<void>();
  readonly #waiting = new AbortController();
  /** Resolves when nobody wants it any more and no worker has it yet. */
  readonly #dropped = Promise.withResolvers<undefined>();
  #host: Host | undefined;
  #isGivenUp = false;
  readonly #startedAt = performance.now();
  /** What its worker has told of it, so that somebody can tell its end when the worker cannot. */
  #heard: 'nothing' | 'accepted' | 'connected' | 'over' = 'nothing';
  #traffic: Traffic = { bytesFromClient: 0, bytesToClient: 0 };

  constructor(client: Socket, options: RemoteSessionOptions) {
    this.#client = client;
    this.#options = options;
    client.on('error', () => undefined);
  }

  get id(): number {
    return this.#options.id;
  }

  async run(): Promise<void> {
    const { admit, findHost, id, instance, target, limits } = this.#options;
    // Asked before anything is awaited: the place is taken in the order of arrival.
    const asked = admit(this.#waiting.signal);
    try {
      this.#host = await Promise.race([findHost(this), this.#dropped.promise]);
      if (this.#host === undefined) return;
      const admission = asked instanceof Promise ? undefined : sent(asked);
      const sentLimits = limits && { idleTimeoutMs: limits.idleTimeoutMs, maxLifetimeMs: limits.maxLifetimeMs };
      this.#host.send(
        { kind: 'client', client: { id, instance, target, limits: sentLimits, admission } },
        this.#client,
      );
      if (asked instanceof Promise) {
        void asked.then((answer) => this.#host?.send({ kind: 'admission', id, admission: sent(answer) }));
      }
      await this.#over.promise;
    } finally {
      // Only of those who still wait does anybody listen, and the error that comes with it costs more than the rest of this.
      if (asked instanceof Promise) this.#waiting.abort();
      this.#client.destroy();
      // One that was granted in the very moment is given back as well.
      void Promise.resolve(asked).then((answer) => answer.kind === 'admitted' && answer.giveBack());
    }
  }

  /** What has gone through, as far as its worker has told. */
  get traffic(): Traffic {
    return this.#traffic;
  }

  noteTraffic(traffic: Traffic): void {
    this.#traffic = traffic;
  }

  /** What its worker has published about it. */
  hear({ at }: SessionEvent): void {
    if (at === 'accepted' || at === 'connected') this.#heard = at;
    else if (at !== 'waiting' && at !== 'admitted') this.#heard = 'over';
  }

  /** What its worker says of it. */
  receive(message: Extract<FromWorker, { kind: 'stop-waiting' | 'has-client' | 'over' }>): void {
    switch (message.kind) {
      case 'stop-waiting':
        return this.#waiting.abort();
      case 'has-client':
        // The worker's end of it stays.
        return void this.#client.destroy();
      case 'over':
        return this.#over.resolve();
    }
  }

  /** Its worker has died, and the client's connection with it. */
  lose(): void {
    const { id, instance, logger } = this.#options;
    const error = new Error('its worker process has died');
    if (!this.#isGivenUp) logger.error(`[${instance}] lost the connection: ${error.message}`, { connection: id });
    const durationMs = performance.now() - this.#startedAt;
    if (this.#heard === 'accepted') publishSession({ at: 'left', id, instance, by: 'proxy', durationMs });
    if (this.#heard === 'connected') {
      const end = { by: 'proxy', reason: undefined, error, durationMs, ...this.#traffic } as const;
      publishSession({ at: 'closed', id, instance, ...end });
    }
    this.#heard = 'over';
    this.#over.resolve();
  }

  /** Whether it is over before a worker has got it. */
  get isDropped(): boolean {
    return this.#host === undefined && this.#waiting.signal.aborted;
  }

  stop(why: ProxyEnd = 'shutdown'): void {
    if (this.#host === undefined) this.#drop();
    this.#host?.send({ kind: 'stop', id: this.id, why });
  }

  end(why: ProxyEnd): void {
    if (this.#host === undefined) this.#drop();
    this.#host?.send({ kind: 'end', id: this.id, why });
  }

  /** Its worker has not taken the client: disconnects it. The session is over when the worker has said what became of it, or has died. */
  giveUp(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#waiting.abort();
    const { id, instance, logger } = this.#options;
    logger.error(`[${instance}] lost the connection: its worker process did not take it`, { connection: id });
    // Wherever the other end of it is: closing this one alone would disconnect nobody.
    this.#client.end();
    this.stop();
  }

  #drop(): void {
    this.#waiting.abort();
    this.#dropped.resolve(undefined);
  }

  /** Whether it could be ended is the worker's to know. */
  endIfIdle(why: ProxyEnd = 'shutdown'): boolean {
    this.#host?.send({ kind: 'end-if-idle', id: this.id, why });
    return false;
  }
}

function sent(admission: Admission): SentAdmission {
  if (admission.kind === 'admitted') return { kind: 'admitted' };
  const { kind, reason, text, error } = admission;
  return { kind, reason, text, error: error.toString('base64') };
}
