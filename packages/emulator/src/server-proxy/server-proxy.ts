// The server-side proxy of one instance: listens, speaks TLS 1.3 and hands each client to a session.

import { createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AcceptFault } from '../faults/fault.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { applyTcpFault } from './accept-fault.ts';
import { type KeptAddress, keepAddress } from './kept-address.ts';
import { listenAgain, type Listener } from './listen-again.ts';
import { listenOnOwnAddress, type Place, stopListening } from './loopback-address.ts';
import { OpenConnections } from './open-connections.ts';
import { type BreakHow, Relay } from './relay.ts';
import { serveSession, type SessionParts } from './session.ts';
import { createTlsServers, type Identities, type TlsServers } from './tls-servers.ts';

export interface ServerProxyParts extends Omit<SessionParts, 'onAuthorized' | 'reset' | 'relay'> {
  readonly statistics: StatisticsCounter;
}

export class ServerProxy {
  readonly #parts: ServerProxyParts;
  readonly #listeners: Listener[] = [];
  /** While it is suspended. */
  #kept: readonly KeptAddress[] | undefined;
  readonly #open = new OpenConnections();
  readonly #relays = new Set<Relay>();
  #tls: TlsServers | undefined;

  constructor(parts: ServerProxyParts) {
    this.#parts = parts;
  }

  /** Takes an address, `former` where it is free; may be called again for a further one. Connections are refused until {@link present}. */
  async listen(port: number, former?: string): Promise<Place> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    const place = await listenOnOwnAddress(server, port, former);
    // Trouble in accepting one client (no descriptors left, say) must not end the process.
    server.on('error', (error) => this.#parts.log(`${this.#uri}: cannot accept: ${error.message}`));
    this.#listeners.push({ server, place });
    return place;
  }

  get isSuspended(): boolean {
    return this.#kept !== undefined;
  }

  /** Ends every connection and refuses new ones until {@link resume}, as a machine does on which nothing listens. */
  async suspend(): Promise<void> {
    if (this.#kept !== undefined) return;
    this.#kept = await Promise.all(this.#listeners.map(async ({ place }) => keepAddress(place)));
    await this.#stop();
  }

  /** @throws EmulatorError `ADDRESS_UNAVAILABLE` when somebody else has taken the address meanwhile. */
  async resume(): Promise<void> {
    if (this.#kept === undefined) return;
    for (const listener of this.#listeners) await listenAgain(listener);
    for (const kept of this.#kept) kept.release();
    this.#kept = undefined;
  }

  /** Shows these certificates to new clients. */
  present(identities: Identities): void {
    this.#tls = createTlsServers(identities, {
      onClient: (client) => this.#serve(client),
      onRefused: (reason) => this.#refused(reason),
      reset: (client) => this.#open.reset(client),
    });
  }

  /** Breaks every session that has reached PostgreSQL; returns how many there were. */
  breakConnections(how: BreakHow): number {
    const relays = [...this.#relays];
    for (const relay of relays) relay.break(how);
    return relays.length;
  }

  async close(): Promise<void> {
    for (const kept of this.#kept ?? []) kept.release();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const stopped = this.#listeners.map(async ({ server }) => stopListening(server));
    this.#open.destroyAll();
    await Promise.all(stopped);
  }

  get #uri(): string {
    return this.#parts.instance.uri;
  }

  #accept(socket: Socket): void {
    const { statistics, faults } = this.#parts;
    statistics.countConnection(this.#uri, 'accepted');
    this.#open.add(socket);
    socket.once('close', () => statistics.countConnection(this.#uri, 'closed'));
    // Resets are routine; the session sees them as an early end.
    socket.on('error', () => {});
    if (this.#tls === undefined) {
      socket.destroy();
      return;
    }
    this.#startTls(socket, this.#tls, faults.take('accept', { resource: this.#uri }));
  }

  #startTls(socket: Socket, tls: TlsServers, fault: AcceptFault | undefined): void {
    // Whoever ends before the handshake is done has left; half-open connections begin behind it.
    socket.allowHalfOpen = false;
    if (fault === undefined) {
      tls.own.emit('connection', socket);
      return;
    }
    switch (fault.kind) {
      case 'foreign-server-certificate':
        tls.foreign.emit('connection', socket);
        break;
      case 'wrong-server-names':
        tls.misnamed.emit('connection', socket);
        break;
      case 'expired-server-certificate':
        tls.expired.emit('connection', socket);
        break;
      case 'refuse-client-certificate':
        tls.refusing[fault.how ?? 'alert'].emit('connection', socket);
        break;
      case 'close-at-accept':
      case 'reset-at-accept':
      case 'stall-at-accept':
      case 'close-in-handshake':
      case 'reset-in-handshake':
      case 'stall-in-handshake':
        applyTcpFault(socket, fault);
        break;
    }
  }

  #serve(client: TLSSocket): void {
    // Node leaves a connection open whose records cannot be read any more, or that a fatal alert has ended.
    client.on('error', () => setImmediate(() => client.destroy()));
    client.allowHalfOpen = true;
    const { statistics } = this.#parts;
    const reset = (): void => this.#open.reset(client);
    const onAuthorized = (): void => statistics.countConnection(this.#uri, 'authorized');
    const relay = (backend: Socket): void => {
      const started = new Relay({ client, backend, reset });
      this.#relays.add(started);
      client.once('close', () => this.#relays.delete(started));
    };
    void serveSession(client, { ...this.#parts, onAuthorized, reset, relay });
  }

  #refused(reason: string): void {
    const { statistics, log } = this.#parts;
    statistics.countConnection(this.#uri, 'refused');
    log(`${this.#uri}: TLS handshake refused: ${reason}`);
  }
}
