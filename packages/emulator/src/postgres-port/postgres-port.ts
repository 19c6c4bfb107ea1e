// An instance's own PostgreSQL port: what clients connect to that use neither a proxy nor a connector.

import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import type { ServerIdentity } from '../pki/cluster-authority.ts';
import { listenAgain, type Listener } from '../server-proxy/listen-again.ts';
import { listen, type Place, stopListening } from '../server-proxy/loopback-address.ts';
import { OpenConnections } from '../server-proxy/open-connections.ts';
import { type BreakHow, Relay } from '../server-proxy/relay.ts';
import { type DirectSessionParts, serveDirectSession } from './direct-session.ts';
import { acceptTls, secureContextOf } from './accept-tls.ts';

export type PostgresPortParts = Omit<DirectSessionParts, 'encrypt' | 'relay'>;

export class PostgresPort {
  readonly #parts: PostgresPortParts;
  readonly #listeners: Listener[] = [];
  readonly #open = new OpenConnections();
  readonly #relays = new Set<Relay>();
  #context: SecureContext | undefined;
  #suspended = false;

  constructor(parts: PostgresPortParts) {
    this.#parts = parts;
  }

  /**
   * At an address of the instance, on the first of the ports that is not taken, else on a free one. 127.0.0.1, which is the address
   * where the machine has no other, is left to the proxies, whose listeners begin at 5432.
   *
   * @throws EmulatorError `ADDRESS_UNAVAILABLE`
   */
  async listen(host: string, ports: readonly number[]): Promise<Place> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    const place = await this.#take(server, host, host === '127.0.0.1' ? [] : ports);
    // Trouble in accepting one client (no descriptors left, say) must not end the process.
    server.on('error', (error) => this.#parts.log(`${this.#uri}: cannot accept: ${error.message}`));
    this.#listeners.push({ server, place });
    return place;
  }

  async #take(server: Server, host: string, [port = 0, ...others]: readonly number[]): Promise<Place> {
    try {
      return await listen(server, { host, port });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && port !== 0) {
        const place = await this.#take(server, host, others);
        this.#parts.log(`${this.#uri}: port ${port} of ${host} is taken; its PostgreSQL port is ${place.port}`);
        return place;
      }
      throw new EmulatorError('ADDRESS_UNAVAILABLE', `Cannot listen on ${host}:${port}: ${reasonOf(cause)}`, {
        cause,
        hint: 'choose another port with postgresPort (--postgres-port), or 0 for a free one',
      });
    }
  }

  /** Shows this certificate to new clients. */
  present(identity: ServerIdentity): void {
    this.#context = secureContextOf(identity);
  }

  /** Ends every connection and refuses new ones until {@link resume}. */
  async suspend(): Promise<void> {
    if (this.#suspended) return;
    this.#suspended = true;
    await this.close();
  }

  /** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async resume(): Promise<void> {
    if (!this.#suspended) return;
    for (const listener of this.#listeners) await listenAgain(listener);
    this.#suspended = false;
  }

  /** Breaks every session that has reached PostgreSQL; returns how many there were. */
  breakConnections(how: BreakHow): number {
    const relays = [...this.#relays];
    for (const relay of relays) relay.break(how);
    return relays.length;
  }

  async close(): Promise<void> {
    const stopped = this.#listeners.map(async ({ server }) => stopListening(server));
    this.#open.destroyAll();
    await Promise.all(stopped);
  }

  get #uri(): string {
    return this.#parts.instance.uri;
  }

  #accept(socket: Socket): void {
    this.#open.add(socket);
    // Resets are routine; the session sees them as an early end.
    socket.on('error', () => {});
    const context = this.#context;
    if (context === undefined) {
      socket.destroy();
      return;
    }
    const reset = (): void => void socket.resetAndDestroy();
    const relay = (client: Socket, backend: Socket): void => {
      const started = new Relay({ client, backend, reset });
      this.#relays.add(started);
      client.once('close', () => this.#relays.delete(started));
    };
    void serveDirectSession(socket, {
      ...this.#parts,
      encrypt: async (plain, signal) => acceptTls(plain, context, signal),
      relay,
    });
  }
}
