// One client: from its arrival over the dial to the end of its last byte.

import type { Socket } from 'node:net';
import type { Connection } from 'alloydb-connector';
import type { Logger } from '../observability/logger.ts';
import { readGreeting } from '../postgres/startup.ts';
import type { CloseReason } from '../relay/close-reason.ts';
import { type IdleLimit, relay } from '../relay/relay.ts';
import { dialErrorResponse } from './client-error.ts';
import { describeEnd, farewell, type ProxyEnd } from './farewell.ts';
import { FirstBytes } from './first-bytes.ts';
import { describePeer } from './peer.ts';
import type { RefusalRoom } from './refusal-room.ts';
import { publishSession, type RefusalReason } from './session-events.ts';
import type { SessionLimits } from './session-limits.ts';
import { SessionWatch } from './session-watch.ts';

/** All that a session knows of the connector. */
export type Dial = (signal: AbortSignal) => Promise<Connection>;

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
  /** Never rejects. */
  run(): Promise<void>;
  stop(): void;
  endIfIdle(): boolean;
}

export class Session implements RunningSession {
  readonly #client: Socket;
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  #upstream: Socket | undefined;
  #watch: SessionWatch | undefined;
  /** Who wanted the end first. What follows from it, such as the socket that is closed then, is no other cause. */
  #endedBy: 'client' | ProxyEnd | undefined;

  constructor(client: Socket, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    // One listener from the first moment to the last: a reset between two phases must find somebody.
    client.on('error', (error) => options.logger.debug(this.#line(`client socket: ${error.message}`), this.#fields));
  }

  /** Serves the client to the end. Never rejects: whatever happens to one client stays with it. */
  async run(): Promise<void> {
    const { admit, id, instance } = this.#options;
    this.#info(`accepted connection from ${describePeer(this.#client)}`);
    publishSession({ at: 'accepted', id, instance });
    const waiting = new AbortController();
    const stopWaiting = (): void => waiting.abort();
    const firstBytes = new FirstBytes(this.#client, {
      onHangUp: () => this.#end('client'),
      onCancelRequest: stopWaiting,
    });
    this.#stop.signal.addEventListener('abort', stopWaiting, { once: true });
    // Asked before anything is awaited: the place is taken in the order of arrival.
    const asked = admit(waiting.signal);
    const admission = asked instanceof Promise ? await asked : asked;
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
    this.#upstream.unpipe(this.#client);
    this.#client.end(farewell(why, limits));
    // What the client still sends came too late for the instance, and is dropped.
    this.#client.unpipe(this.#upstream).resume();
    this.#upstream.destroySoon();
    return true;
  }

  #end(by: 'client' | ProxyEnd): void {
    this.#endedBy ??= by;
    this.#stop.abort(new Error(by === 'client' ? 'the client hung up' : 'the proxy is shutting down'));
  }

  /** The client may not have said yet what it wants: one that turns out to ask for a cancellation is served after all. */
  async #turnAway(admission: Extract<Admission, { kind: 'refused' }>, firstBytes: FirstBytes): Promise<void> {
    const { id, instance, logger, refusals } = this.#options;
    const { error, reason, text } = admission;
    logger.info(text, this.#fields);
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
    const reason = await relay(this.#client, connection.socket, { idle: this.#idleLimit() });
    this.#reportEnd(reason);
  }

  /** Dials while the client's first bytes are held; undefined when there will be no connection. */
  async #connect(firstBytes: FirstBytes): Promise<Connection | undefined> {
    const { dial, logger, id, instance, limits } = this.#options;
    const startedAt = performance.now();
    try {
      const connection = await dial(this.#stop.signal);
      const held = firstBytes.release();
      if (limits !== undefined) this.#startWatch(connection.socket, held, limits);
      this.#warnOfUser(held);
      for (const chunk of held) connection.socket.write(chunk);
      const dialMs = Math.round(performance.now() - startedAt);
      publishSession({ at: 'connected', id, instance, dialMs });
      const how = `${connection.address} ${connection.route} (${connection.choice}) in ${dialMs} ms`;
      logger.debug(this.#line(`connected to ${how}`), this.#fields);
      return connection;
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
      ...hintOf(error),
    });
    publishSession({ at: 'failed', id, instance, error });
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
    if (by === 'client') this.#info('client closed the connection before the instance was connected');
    else this.#info(describeEnd(by, this.#options.limits));
    return true;
  }

  #startWatch(instance: Socket, held: readonly Buffer[], limits: SessionLimits): void {
    const onOverdue = (): void => void this.endIfIdle('max-lifetime');
    this.#watch = new SessionWatch({ client: this.#client, instance, held, limits, onOverdue });
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
    if (remark !== undefined) this.#options.logger.warn(this.#line(remark), this.#fields);
  }

  #reportEnd({ by, error }: CloseReason): void {
    const { id, instance } = this.#options;
    const reason = this.#endedBy === 'client' ? undefined : this.#endedBy;
    const { bytesRead: bytesFromClient, bytesWritten: bytesToClient } = this.#client;
    publishSession({
      at: 'closed',
      id,
      instance,
      by: reason === undefined ? by : 'proxy',
      reason,
      bytesFromClient,
      bytesToClient,
    });
    if (reason !== undefined) this.#info(describeEnd(reason, this.#options.limits));
    else this.#info(`${by} closed the connection${error === undefined ? '' : ` (${error.message})`}`);
  }

  #info(text: string): void {
    this.#options.logger.info(this.#line(text), this.#fields);
  }

  #line(text: string): string {
    return `[${this.#options.instance}] ${text}`;
  }

  get #fields(): { readonly connection: number } {
    return { connection: this.#options.id };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintOf(error: unknown): { readonly hint?: string } {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
}
