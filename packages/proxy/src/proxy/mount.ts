// One instance and its listener: accepts clients and starts a session for each.

import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AllowList } from '../config/allow-list.ts';
import type { MatchedSocket } from '../service/socket-activation.ts';
import type { ListenAt, LocalTlsConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { AcceptGuard } from './accept-guard.ts';
import { Arrivals } from './arrivals.ts';
import type { ClientRoom } from './client-room.ts';
import {
  boundAddress,
  type BoundPlace,
  boundPlace,
  describeHolder,
  hostAndPort,
  listen,
  listenOnDescriptor,
  type TcpPlace,
  unixListenError,
} from './listen.ts';
import { listenOnNextPort } from './listen-next.ts';
import { publishLifecycle } from './lifecycle-events.ts';
import { changePermissions } from './listen-unix.ts';
import { type RunningSession, Session, type SessionOptions } from './session.ts';
import type { Vacancy } from './vacancy.ts';

export interface MountOptions extends Omit<SessionOptions, 'id'> {
  readonly listenAt: ListenAt;
  /** Peers that may connect over TCP; undefined for everybody. */
  readonly allowFrom: AllowList | undefined;
  /** Files for TLS between clients and the proxy. */
  readonly localTls: LocalTlsConfig | undefined;
  /** Those of all listeners together that have not encrypted yet. */
  readonly arriving: ClientRoom<string>;
  /** Silence after which a TCP client is probed, in milliseconds; 0 never probes. */
  readonly keepAliveMs: number;
  /** Ports of all instances, for one that may move when its own is taken; undefined for one that may not. */
  readonly claimedPorts: Set<number> | undefined;
  /** Makes the session of a client that another process serves: it must not be read from here. Undefined serves it here. */
  readonly openSession: ((client: Socket, options: SessionOptions) => RunningSession) | undefined;
  /** Told who comes and goes, when somebody wants to know. */
  readonly vacancy: Pick<Vacancy, 'enter' | 'leave'> | undefined;
  readonly logger: Logger;
  /** Numbers the sessions of the process. */
  readonly nextId: () => number;
}

/** New settings that only wait for the word. */
export interface PreparedChange {
  /** Cannot fail. */
  readonly commit: () => void;
  readonly undo: () => void;
}

export class Mount {
  #options: MountOptions;
  readonly #server: Server;
  #arrivals: Arrivals;
  /** Those of former settings; clients that came through them may still be there. */
  readonly #formerArrivals: Arrivals[] = [];
  #guard: AcceptGuard | undefined;
  /** Address of a listener that somebody else has opened. */
  #activated: string | undefined;
  /** Its further clients are left to the next start. */
  #isHandedOn = false;
  readonly #sessions = new Map<RunningSession, Promise<void>>();

  /** @throws {StartError} when the files of local TLS cannot be used. */
  constructor(options: MountOptions) {
    this.#options = options;
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      pauseOnConnect: options.openSession !== undefined,
    });
    this.#arrivals = this.#makeArrivals(options);
    this.#server.on('connection', (client) => this.#take(client));
  }

  /** Undefined while it does not listen. */
  get place(): BoundPlace | undefined {
    // Node knows no path of a Unix socket that it has not bound itself.
    if (this.#activated?.startsWith('/') === true) return { kind: 'unix', folder: dirname(this.#activated) };
    return boundPlace(this.#server);
  }

  /**
   * @param activated a socket that listens already, opened by somebody else; without one it opens its own.
   * @throws {StartError} when the address cannot be listened on.
   */
  async start(activated?: MatchedSocket): Promise<void> {
    const { instance, listenAt, logger } = this.#options;
    const canReopen = activated === undefined;
    let address: string;
    if (activated === undefined) {
      address = await this.#listen();
    } else {
      await listenOnDescriptor(this.#server, activated.fd);
      this.#activated = activated.place ?? `descriptor ${activated.fd}`;
      address = `${this.#activated}, opened by the service manager`;
    }
    this.#guard = new AcceptGuard({ server: this.#server, listenAt, canReopen, instance, logger });
    logger.info(`[${instance}] Listening on ${address}`);
    this.#tell('listening');
  }

  /**
   * Makes ready what clients get from now on; those that are there keep what they have.
   *
   * @throws {StartError} when the files of local TLS cannot be used, or the permissions of a Unix socket not be set.
   */
  prepare(next: MountOptions): PreparedChange {
    const before = this.#options;
    const arrivals = hasSameDoor(before, next) ? this.#arrivals : this.#makeArrivals(next);
    this.#permit(before.listenAt, next.listenAt);
    return {
      commit: () => {
        if (arrivals !== this.#arrivals) this.#formerArrivals.push(this.#arrivals);
        this.#arrivals = arrivals;
        this.#options = next;
        this.#guard?.follow(next);
      },
      undo: () => this.#permit(next.listenAt, before.listenAt),
    };
  }

  /** Whether somebody else has opened the listener, and can alone open it again. */
  get isActivated(): boolean {
    return this.#activated !== undefined;
  }

  /** Stops accepting; sessions go on. It can be started again. */
  closeListener(): void {
    this.#guard?.close();
    this.#guard = undefined;
    if (this.#server.listening) this.#server.close();
  }

  /** Stops accepting for good; sessions go on. */
  retire(): void {
    const { instance, logger } = this.#options;
    const { place } = this;
    this.#tell('not-listening');
    if (place !== undefined) {
      const address = place.kind === 'unix' ? place.folder : hostAndPort(place.host, place.port);
      logger.info(`[${instance}] No longer listening on ${address}`);
    }
    this.closeListener();
  }

  /** Closes the listener until there are file descriptors again; sessions go on. */
  pauseAccepting(error: Error): void {
    this.#guard?.pause(error);
  }

  /**
   * Leaves further clients in the queue of a socket that outlives this program, where its next start finds them. A socket
   * of its own stays open: whoever comes there has to be told that nobody will serve them.
   */
  handOn(): void {
    if (!this.isActivated) return;
    this.#isHandedOn = true;
    this.closeListener();
  }

  /** Whoever is here has come before, and is served. */
  get isHandedOn(): boolean {
    return this.#isHandedOn;
  }

  /** Ends the sessions in which nothing is going on. */
  endIdleSessions(): void {
    for (const session of this.#sessions.keys()) session.endIfIdle();
  }

  /** Ends the session with this number, with a word to its client where that is possible. False when it is not here. */
  endSession(id: number): boolean {
    const session = [...this.#sessions.keys()].find((each) => each.id === id);
    if (session === undefined) return false;
    session.end('admin');
    return true;
  }

  /** Resolves when no session is left; those that come meanwhile count. */
  async whenEmpty(): Promise<void> {
    while (this.#sessions.size > 0) await Promise.all(this.#sessions.values());
  }

  /** Stops accepting, ends every session and resolves when the last one is over. Idempotent. */
  async stop(): Promise<void> {
    this.closeListener();
    for (const arrivals of [this.#arrivals, ...this.#formerArrivals]) arrivals.close();
    for (const session of this.#sessions.keys()) session.stop();
    await this.whenEmpty();
  }

  /** Only of a socket that is there, and that is ours: one that is being opened again gets its permissions then. */
  #permit(from: ListenAt, to: ListenAt): void {
    if (from.kind !== 'unix' || to.kind !== 'unix' || this.isActivated || !this.#server.listening) return;
    if (isDeepStrictEqual(from.permissions, to.permissions)) return;
    try {
      changePermissions(to.path, from.permissions, to.permissions);
    } catch (error) {
      throw unixListenError(to.path, error);
    }
  }

  async #listen(): Promise<string> {
    const { listenAt, claimedPorts } = this.#options;
    if (claimedPorts === undefined || listenAt.kind === 'unix') return listen(this.#server, listenAt);
    return this.#listenNear(listenAt, claimedPorts);
  }

  #makeArrivals(options: MountOptions): Arrivals {
    return new Arrivals({ ...options, onClient: (client) => this.#accept(client) });
  }

  #tell(at: 'listening' | 'not-listening'): void {
    const { place } = this;
    const { instance, uri } = this.#options;
    if (place !== undefined) publishLifecycle({ at, instance, uri, place });
  }

  #take(client: Socket): void {
    const { keepAliveMs } = this.#options;
    // A client that vanished without a word is noticed within a few probes.
    if (keepAliveMs > 0) client.setKeepAlive(true, keepAliveMs);
    this.#arrivals.take(client);
  }

  async #listenNear(wanted: TcpPlace, claimedPorts: Set<number>): Promise<string> {
    const { instance, logger } = this.#options;
    const port = await listenOnNextPort(this.#server, wanted, claimedPorts);
    const address = boundAddress(this.#server) ?? hostAndPort(wanted.host, port);
    if (wanted.port !== 0 && port !== wanted.port) {
      const place = hostAndPort(wanted.host, wanted.port);
      logger.warn(`[${instance}] ${place} is taken: ${describeHolder(wanted)} holds it`, {
        hint: `connect to ${address} instead, or free the port and start again`,
      });
    }
    return address;
  }

  #accept(client: Socket): void {
    const { vacancy, openSession, nextId } = this.#options;
    const options = { ...this.#options, id: nextId() };
    const session = openSession?.(client, options) ?? new Session(client, options);
    vacancy?.enter();
    const over = session.run().finally(() => {
      this.#sessions.delete(session);
      vacancy?.leave();
    });
    this.#sessions.set(session, over);
  }
}

/** Whether clients are let in in the same way. */
function hasSameDoor(one: MountOptions, other: MountOptions): boolean {
  return (
    one.instance === other.instance &&
    isDeepStrictEqual(one.localTls, other.localTls) &&
    isDeepStrictEqual(one.allowFrom?.networks, other.allowFrom?.networks)
  );
}
