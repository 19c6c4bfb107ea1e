// One client: from its arrival over the dial to the end of its last byte.

import type { Socket } from 'node:net';
import type { Connection } from 'alloydb-connector';
import { type LogFields, type Logger, mayRepeat } from '../observability/logger.ts';
import { readGreeting } from '../postgres/startup.ts';
import type { CloseReason } from '../relay/close-reason.ts';
import { type IdleLimit, type Relay, relay } from '../relay/relay.ts';
import { dialErrorResponse } from './client-error.ts';
import { Departure } from './departure.ts';
import { describeEnd, farewell, type ProxyEnd } from './farewell.ts';
import { FirstBytes } from './first-bytes.ts';
import { peerAddress } from './peer.ts';
import type { RefusalRoom } from './refusal-room.ts';
import { publishSession, type RefusalReason, type Traffic } from './session-events.ts';
import type { SessionLimits } from './session-limits.ts';
import {
  closeEntry,
  type Entry,
  openEntry,
  sessionFields,
  type SessionIdentity,
  type SessionRoute,
} from './session-report.ts';
import { SessionWatch } from './session-watch.ts';

/** Whom a dial is for: the session of that number, or whoever comes next. Nobody, when it is only a test. */
export type DialReference = number | 'warm';

/** All that a session knows of the connector. The reference is for whoever follows its dial. */
export type Dial = (signal: AbortSignal, reference?: DialReference) => Promise<DialledConnection>;

export interface DialledConnection extends Connection {
  /** Aborts when new sessions go to another instance, and this one should. */
  readonly superseded?: AbortSignal;
}

/** Whether a client may come in. Whoever is admitted holds a place until the session is over. */
export type Admission =
  | { readonly kind: 'admitted'; readonly giveBack: () => void }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      /** For the log. */
      readonly text: string;
      /** The whole ErrorResponse. */
      readonly error: Buffer;
    };

export interface SessionOptions {
  /** Number of the session in this process, to tell the lines of a log apart. */
  readonly id: number;
  /** Short name of the instance, for log lines. */
  readonly instance: string;
  /** Full URI of the instance, for the client. */
  readonly uri: string;
  readonly dial: Dial;
  /** Asked at once when the client arrives; may let it wait for a place until the signal aborts. */
  readonly admit: (signal: AbortSignal) => Admission | Promise<Admission>;
  /** Says what is wrong with a database user, when that can be told beforehand. */
  readonly checkUser: (user: string) => string | undefined;
  /** Where clients are told that they cannot be served. */
  readonly refusals: RefusalRoom;
  /** Without any the messages are not followed, and {@link Session.endIfIdle} can never tell. */
  readonly limits: SessionLimits | undefined;
  readonly logger: Logger;
}

/** What a mount does with a session, whichever process serves it. */
export interface RunningSession {
  readonly id: number;
  /** Never rejects. */
  run(): Promise<void>;
  stop(): void;
  endIfIdle(): boolean;
  /** Ends it now, with a word to its client where that is possible. */
  end(why: ProxyEnd): void;
}

/** What a session is connected to. */
interface Connected {
  readonly socket: Socket;
  readonly route: SessionRoute;
  readonly superseded: AbortSignal | undefined;
}

export class Session implements RunningSession {
  readonly #client: Socket;
  readonly #options: SessionOptions;
  readonly #identity: SessionIdentity;
  readonly #startedAt = performance.now();
  readonly #stop = new AbortController();
  #upstream: Socket | undefined;
  #relay: Relay | undefined;
  #watch: SessionWatch | undefined;
  /** Who wanted the end first. What follows from it, such as the socket that is closed then, is no other cause. */
  #endedBy: 'client' | ProxyEnd | undefined;

  constructor(client: Socket, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    // A socket that has been reset no longer knows whose it was.
    this.#identity = { id: options.id, instance: options.instance, client: peerAddress(client) };
    // One listener from the first moment to the last: a reset between two phases must find somebody.
    client.on('error', (error) => options.logger.debug(this.#line(`client socket: ${error.message}`), this.#fields));
  }

  get id(): number {
    return this.#options.id;
  }

  /** Serves the client to the end. Never rejects: whatever happens to one client stays with it. */
  async run(): Promise<void> {
    const { admit } = this.#options;
    this.#log(openEntry(this.#identity));
    publishSession({ at: 'accepted', ...this.#identity });
    const waiting = new AbortController();
    const stopWaiting = (): void => waiting.abort();
    const firstBytes = new FirstBytes(this.#client, {
      onHangUp: () => this.#end('client'),
      onCancelRequest: stopWaiting,
    });
    this.#stop.signal.addEventListener('abort', stopWaiting, { once: true });
    // Asked before anything is awaited: the place is taken in the order of arrival.
    const asked = admit(waiting.signal);
    const admission = asked instanceof Promise ? await this.#wait(asked) : asked;
    this.#stop.signal.removeEventListener('abort', stopWaiting);
    try {
      // A cancel request is let through whatever the limits say: it takes work away and is over at once.
      if (admission.kind === 'admitted' || firstBytes.isCancelRequest) await this.#serve(firstBytes);
      else if (!this.#hasEndedEarly()) await this.#turnAway(admission, firstBytes);
    } finally {
      if (admission.kind === 'admitted') admission.giveBack();
      this.#watch?.close();
      this.#client.destroy();
    }
  }

  /** Ends the session at once. Idempotent. */
  stop(why: ProxyEnd = 'shutdown'): void {
    this.#end(why);
    this.#client.destroy();
    this.#upstream?.destroy();
  }

  /** Ends the session, with a word to its client, if no transaction is open and nothing is on its way. False if it does not. */
  endIfIdle(why: ProxyEnd = 'shutdown'): boolean {
    const { limits } = this.#options;
    if (this.#endedBy !== undefined || this.#upstream === undefined || !this.#client.writable) return false;
    if (limits === undefined || this.#watch?.isIdle !== true) return false;
    this.#end(why);
    this.#relay?.stop();
    this.#client.end(farewell(why, limits));
    // What the client still sends came too late for the instance, and is dropped.
    this.#client.resume();
    this.#upstream.destroySoon();
    return true;
  }

  end(why: ProxyEnd): void {
    if (!this.endIfIdle(why)) this.stop(why);
  }

  #end(by: 'client' | ProxyEnd): void {
    this.#endedBy ??= by;
    this.#stop.abort(new Error(by === 'client' ? 'the client hung up' : 'the proxy is shutting down'));
  }

  async #wait(asked: Promise<Admission>): Promise<Admission> {
    const { id, instance } = this.#options;
    const waitingSince = performance.now();
    publishSession({ at: 'waiting', id, instance });
    const admission = await asked;
    if (admission.kind === 'admitted') {
      publishSession({ at: 'admitted', id, instance, waitedMs: performance.now() - waitingSince });
    }
    return admission;
  }

  /** The client may not have said yet what it wants: one that turns out to ask for a cancellation is served after all. */
  async #turnAway(admission: Extract<Admission, { kind: 'refused' }>, firstBytes: FirstBytes): Promise<void> {
    const { id, instance, logger, refusals } = this.#options;
    const { error, reason, text } = admission;
    logger.info(text, { ...this.#fields, [mayRepeat]: true });
    publishSession({ at: 'refused', id, instance, reason });
    const held = firstBytes.release();
    const cancelRequest = await refusals.refuse(this.#client, { error: () => error, held, takeCancel: true });
    if (cancelRequest === undefined) return;
    await this.#serve(new FirstBytes(this.#client, { onHangUp: () => undefined, held: [cancelRequest] }));
  }

  async #serve(firstBytes: FirstBytes): Promise<void> {
    const connection = await this.#connect(firstBytes);
    if (connection === undefined) return;
    this.#upstream = connection.socket;
    if (this.#stop.signal.aborted) this.stop();
    using _ = this.#departureFrom(connection.superseded);
    this.#relay = relay(this.#client, connection.socket, { idle: this.#idleLimit() });
    this.#reportEnd(await this.#relay.ended, connection.route);
  }

  /** Dials while the client's first bytes are held; undefined when there will be no connection. */
  async #connect(firstBytes: FirstBytes): Promise<Connected | undefined> {
    const { dial, logger, id, instance, limits } = this.#options;
    const startedAt = performance.now();
    try {
      const connection = await dial(this.#stop.signal, id);
      const held = firstBytes.release();
      if (limits !== undefined) this.#startWatch(connection.socket, held, limits);
      this.#warnOfUser(held);
      for (const chunk of held) connection.socket.write(chunk);
      const dialMs = performance.now() - startedAt;
      const { address, ipType, choice } = connection;
      publishSession({ at: 'connected', id, instance, dialMs, address, ipType, traffic: () => this.#traffic });
      const how = `${address} ${connection.route} (${choice}) in ${Math.round(dialMs)} ms`;
      logger.debug(this.#line(`connected to ${how}`), this.#fields);
      return { socket: connection.socket, route: { address, ipType, dialMs }, superseded: connection.superseded };
    } catch (error) {
      await this.#fail(error, performance.now() - startedAt, firstBytes.release());
      return undefined;
    }
  }

  async #fail(error: unknown, durationMs: number, held: readonly Buffer[]): Promise<void> {
    const { logger, id, instance, uri, checkUser, refusals } = this.#options;
    if (this.#hasEndedEarly()) return;
    logger.error(this.#line(`failed to connect to instance: ${messageOf(error)}`), {
      ...this.#fields,
      ...codeAndHintOf(error),
      [mayRepeat]: true,
    });
    publishSession({ at: 'failed', id, instance, error, durationMs });
    await refusals.refuse(this.#client, {
      held,
      error: (parameters) => {
        const remark = checkUser(parameters.get('user') ?? '');
        return dialErrorResponse({ instance: uri, error, durationMs, remark });
      },
    });
  }

  /** Whether somebody wanted the end before there was a connection; then that is said. */
  #hasEndedEarly(): boolean {
    const by = this.#endedBy;
    if (by === undefined) return false;
    const { id, instance } = this.#options;
    const who = by === 'client' ? by : 'proxy';
    publishSession({ at: 'left', id, instance, by: who, durationMs: this.#ageMs });
    if (by === 'client') this.#info('client closed the connection before the instance was connected');
    else this.#info(describeEnd(by, this.#options.limits));
    return true;
  }

  #startWatch(instance: Socket, held: readonly Buffer[], limits: SessionLimits): void {
    const onOverdue = (): void => void this.endIfIdle('max-lifetime');
    this.#watch = new SessionWatch({ client: this.#client, instance, held, limits, onOverdue });
  }

  #departureFrom(superseded: AbortSignal | undefined): Departure | undefined {
    const { limits } = this.#options;
    if (superseded === undefined) return undefined;
    return new Departure({
      superseded,
      leave: () => this.#watch?.whenIdle(() => void this.endIfIdle('moved')),
      stop: () => this.stop('moved'),
      random: limits?.random ?? (() => 0),
    });
  }

  #idleLimit(): IdleLimit | undefined {
    const { limits } = this.#options;
    if (limits === undefined || limits.idleTimeoutMs === 0) return undefined;
    return { limitMs: limits.idleTimeoutMs, onLimit: () => this.#endSilent() };
  }

  /** Without a word if something is under way, if nobody can tell, or if the client does not take the word. */
  #endSilent(): void {
    if (!this.endIfIdle('idle-timeout')) this.stop('idle-timeout');
  }

  /** The server's own words come later and name one user only. */
  #warnOfUser(held: readonly Buffer[]): void {
    const { message } = readGreeting(Buffer.concat(held));
    if (message.kind !== 'startup') return;
    const remark = this.#options.checkUser(message.parameters.get('user') ?? '');
    if (remark !== undefined) {
      this.#options.logger.warn(this.#line(remark), { ...this.#fields, [mayRepeat]: true });
    }
  }

  #reportEnd({ by, error }: CloseReason, route: SessionRoute): void {
    const { id, instance, limits } = this.#options;
    const reason = this.#endedBy === 'client' ? undefined : this.#endedBy;
    const words =
      reason === undefined
        ? `${by} closed the connection${error === undefined ? '' : ` (${error.message})`}`
        : describeEnd(reason, limits);
    const end = {
      by: reason === undefined ? by : 'proxy',
      reason,
      error: reason === undefined ? error : undefined,
      durationMs: this.#ageMs,
      ...this.#traffic,
    } as const;
    publishSession({ at: 'closed', id, instance, ...end });
    this.#log(closeEntry(words, this.#identity, route, end));
  }

  get #traffic(): Traffic {
    const { bytesRead: bytesFromClient, bytesWritten: bytesToClient } = this.#client;
    return { bytesFromClient, bytesToClient };
  }

  get #ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  #info(text: string): void {
    this.#log({ text, fields: this.#fields });
  }

  #log({ text, fields }: Entry): void {
    this.#options.logger.info(this.#line(text), fields);
  }

  #line(text: string): string {
    return `[${this.#options.instance}] ${text}`;
  }

  get #fields(): LogFields {
    return sessionFields(this.#identity);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As far as the error has them. */
function codeAndHintOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return {};
  const { code, hint } = error as Error & { readonly code?: unknown; readonly hint?: unknown };
  return { ...(typeof code === 'string' ? { code } : {}), ...(typeof hint === 'string' ? { hint } : {}) };
}
