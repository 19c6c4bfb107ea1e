// The server-side proxy of one instance: listens, speaks TLS 1.3 and hands each client to a session.

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { ServerIdentity } from '../pki/cluster-authority.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { listenOnOwnAddress, type Place } from './loopback-address.ts';
import { serveSession, type SessionParts } from './session.ts';

export interface ServerProxyParts extends Omit<SessionParts, 'onAuthorized' | 'reset'> {
  readonly statistics: StatisticsCounter;
}

export interface Identities {
  readonly own: ServerIdentity;
  /** From an authority that no client trusts, for the fault of that name. */
  readonly foreign: ServerIdentity;
}

const HANDSHAKE_TIMEOUT_MS = 30_000;

interface TlsServers {
  readonly normal: TlsServer;
  readonly refusing: TlsServer;
  readonly foreign: TlsServer;
}

export class ServerProxy {
  readonly #parts: ServerProxyParts;
  readonly #listeners: Server[] = [];
  readonly #open = new Set<Socket>();
  #tls: TlsServers | undefined;

  constructor(parts: ServerProxyParts) {
    this.#parts = parts;
  }

  /** Takes an address; may be called again for a further one. Connections are refused until {@link present}. */
  async listen(port: number): Promise<Place> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    // Trouble in accepting one client (no descriptors left, say) must not end the process.
    const place = await listenOnOwnAddress(listener, port);
    listener.on('error', (error) => this.#parts.log(`${this.#uri}: cannot accept: ${error.message}`));
    this.#listeners.push(listener);
    return place;
  }

  /** Shows these certificates to new clients. */
  present(identities: Identities): void {
    this.#tls = {
      normal: this.#createTls(identities.own),
      // A key of ours can sign with ECDSA only, and so the client is told that it may not sign with anything else. Its RSA
      // certificate cannot be used; it sends none, and OpenSSL answers with the alert that node has no call for.
      refusing: this.#createTls(identities.own, 'ECDSA+SHA256'),
      foreign: this.#createTls({ ...identities.foreign, trustedRoot: identities.own.trustedRoot }),
    };
  }

  async close(): Promise<void> {
    const closed = this.#listeners.map(
      async (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closed);
  }

  get #uri(): string {
    return this.#parts.instance.uri;
  }

  #accept(socket: Socket): void {
    const { statistics, faults } = this.#parts;
    statistics.countConnection(this.#uri, 'accepted');
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      statistics.countConnection(this.#uri, 'closed');
    });
    // Resets are routine; the session sees them as an early end.
    socket.on('error', () => {});
    const tls = this.#tls;
    if (tls === undefined) {
      socket.destroy();
      return;
    }
    const fault = faults.take('accept', { instance: this.#uri });
    switch (fault?.kind) {
      case 'stall-at-accept':
        socket.resume();
        socket.once('end', () => socket.end());
        break;
      case 'refuse-client-certificate':
        tls.refusing.emit('connection', socket);
        break;
      case 'foreign-server-certificate':
        tls.foreign.emit('connection', socket);
        break;
      case undefined:
        tls.normal.emit('connection', socket);
        break;
    }
  }

  #createTls(identity: ServerIdentity, signatureAlgorithms?: string): TlsServer {
    const server = createTlsServer({
      cert: identity.certificate,
      key: identity.key,
      // Only the root: a client has to send the intermediate along with its own certificate.
      ca: identity.trustedRoot,
      // A missing certificate is answered by OpenSSL with an alert. A bad one is judged by node when the handshake is over,
      // and node has no call for an alert then: the client sees the connection closed or reset, without a byte.
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      allowHalfOpen: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ...(signatureAlgorithms === undefined ? {} : { sigalgs: signatureAlgorithms }),
    });
    server.on('secureConnection', (client) => this.#serve(client));
    server.on('tlsClientError', (error, client) => this.#refused(error, client));
    return server;
  }

  #serve(client: TLSSocket): void {
    client.on('error', () => {});
    const { statistics } = this.#parts;
    const onAuthorized = (): void => statistics.countConnection(this.#uri, 'authorized');
    void serveSession(client, { ...this.#parts, onAuthorized, reset: () => this.#reset(client) });
  }

  /** A TLS socket cannot be reset, only the TCP socket below it, which is the one with the same peer. */
  #reset(client: TLSSocket): void {
    const { remoteAddress, remotePort, localAddress } = client;
    for (const socket of this.#open) {
      const same = socket.remoteAddress === remoteAddress && socket.localAddress === localAddress;
      if (same && socket.remotePort === remotePort) socket.resetAndDestroy();
    }
  }

  #refused(error: Error, client: TLSSocket): void {
    const { statistics, log } = this.#parts;
    statistics.countConnection(this.#uri, 'refused');
    // Node's verdict on the certificate, which is a code whatever its type says; else the short reason of OpenSSL.
    const { reason: openSslReason } = error as Error & { readonly reason?: string };
    const reason = String(client.authorizationError ?? openSslReason ?? error.message);
    log(`${this.#uri}: TLS handshake refused: ${reason}`);
  }
}
