// Encrypts the hop from the client to this listener: answers its request for TLS itself, as a PostgreSQL server would.

import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { encodeErrorResponse } from '../postgres/error-response.ts';
import type { ClientRoom } from './client-room.ts';
import { type Greeting, readEncryptionGreeting } from './encryption-greeting.ts';
import type { LocalTlsFiles } from './local-tls-files.ts';
import { describePeer } from './peer.ts';
import type { RefusalRoom } from './refusal-room.ts';

export interface LocalTlsOptions {
  readonly files: LocalTlsFiles;
  /** Gets each client once its connection is encrypted; and, as it is, one that only asks for a cancellation. */
  readonly onClient: (client: Socket) => void;
  /** Told of each client that got no further. `peer` is undefined when it cannot be told any more. */
  readonly onRefused: (peer: string | undefined, reason: string) => void;
  /** Told when the files have changed: with an error when they cannot be used. */
  readonly onReload: (error: Error | undefined) => void;
  /** Where clients are told that they have to encrypt. */
  readonly refusals: Pick<RefusalRoom, 'refuse'>;
  /** How long a client may take until its connection is encrypted, in milliseconds. Default 10,000. */
  readonly limitMs?: number;
  /** Where clients are until their connection is encrypted, those of other listeners too: by {@link routeOf}. */
  readonly arriving: ClientRoom<string>;
}

const defaultLimitMs = 10_000;
const protocolName = 'postgresql';
const yes = Buffer.from('S');
const no = Buffer.from('N');
const tlsWanted = encodeErrorResponse({
  sqlState: '28000',
  message: 'alloydb-auth-proxy: this listener takes encrypted connections only: it wants sslmode=require',
  hint: 'connect with sslmode=verify-full and sslrootcert=FILE, FILE being what has issued the certificate of --local-tls-cert',
});
// Nothing may be guessed to lie between the request and the handshake (CVE-2021-23222 of libpq's servers).
const unencryptedData = encodeErrorResponse({
  sqlState: '08P01',
  message: 'alloydb-auth-proxy: received unencrypted data behind the request for TLS',
  hint: 'this is a mistake of the client, or an attack from between',
});

export class LocalTls {
  readonly #options: LocalTlsOptions;
  readonly #negotiated: Server;
  readonly #direct: Server;
  /** Every connection, encrypted or not yet. */
  readonly #sockets = new Set<Socket>();

  constructor(options: LocalTlsOptions) {
    this.#options = options;
    this.#negotiated = this.#createServer((client) => options.onClient(client));
    // A handshake without a request before it could be meant for any protocol. PostgreSQL demands its name then.
    this.#direct = this.#createServer((client) => {
      if (client.alpnProtocol === protocolName) options.onClient(client);
      else this.#turnAway(client, `direct TLS without the ALPN protocol "${protocolName}"`);
    });
  }

  /** Takes over a client that has just been accepted; the socket's errors have a listener already. */
  take(client: Socket): void {
    this.#sockets.add(client);
    let isShaking = false;
    const leave = this.#options.arriving.enter(routeOf(client), client, () => {
      // Of one in its handshake TLS itself says that it went.
      if (!isShaking) this.#options.onRefused(describePeer(client), 'too many clients have not encrypted yet');
    });
    client.once('close', () => {
      this.#sockets.delete(client);
      leave();
    });
    const onGone = (): void => void client.destroy();
    const timer = setTimeout(() => this.#turnAway(client, 'no greeting in time'), this.#limitMs);
    let sent = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      sent = Buffer.concat([sent, chunk]);
      const greeting = readEncryptionGreeting(sent);
      if (greeting.kind === 'incomplete') return;
      if (greeting.kind === 'gss-request') {
        client.write(no);
        sent = sent.subarray(greeting.length);
        if (sent.length > 0) onData(Buffer.alloc(0));
        return;
      }
      stop();
      isShaking = greeting.kind === 'direct-tls' || greeting.kind === 'tls-request';
      if (!isShaking) leave();
      this.#goOn(client, greeting, sent);
    };
    const stop = (): void => {
      clearTimeout(timer);
      client.off('data', onData).off('end', onGone).off('close', stop).pause();
    };
    client.on('data', onData).once('end', onGone).once('close', stop);
  }

  /** Disconnects every client that came through here. Idempotent. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get #limitMs(): number {
    return this.#options.limitMs ?? defaultLimitMs;
  }

  #goOn(client: Socket, greeting: Exclude<Greeting, { kind: 'incomplete' | 'gss-request' }>, sent: Buffer): void {
    switch (greeting.kind) {
      case 'direct-tls':
        client.unshift(sent);
        this.#handshake(this.#direct, client);
        return;
      case 'tls-request':
        if (sent.length > greeting.length) {
          client.end(unencryptedData);
          this.#turnAway(client, 'unencrypted data behind the request for TLS');
          return;
        }
        client.write(yes);
        this.#handshake(this.#negotiated, client);
        return;
      case 'cancel-request':
        // Many clients send it without encryption whatever their session uses; the key in it is what authenticates it.
        client.unshift(sent);
        this.#options.onClient(client);
        return;
      case 'other':
        this.#options.onRefused(describePeer(client), 'it did not ask for TLS');
        void this.#options.refusals
          .refuse(client, { error: () => tlsWanted, held: [sent] })
          .finally(() => client.destroy());
        return;
    }
  }

  #handshake(server: Server, client: Socket): void {
    const change = this.#options.files.refresh();
    if (change.kind !== 'none') this.#options.onReload(change.kind === 'unusable' ? change.error : undefined);
    if (change.kind === 'renewed') {
      for (const each of [this.#negotiated, this.#direct]) each.setSecureContext({ ...change.material, ...settings });
    }
    // There is no half-closed handshake: whoever ends one has left, and would be waited for until the time limit.
    client.allowHalfOpen = false;
    // How Node lets a connection into a TLS server that does not listen itself. Its socket takes the setting over.
    server.emit('connection', client);
  }

  #createServer(onSecure: (client: TLSSocket) => void): Server {
    const { material } = this.#options.files;
    const needsCertificate = material.ca !== undefined;
    const server = createServer({
      ...material,
      ...settings,
      requestCert: needsCertificate,
      rejectUnauthorized: needsCertificate,
      ALPNProtocols: [protocolName],
      handshakeTimeout: this.#limitMs,
    });
    server.on('secureConnection', (client) => {
      this.#options.arriving.leave(routeOf(client));
      client.allowHalfOpen = true;
      // Node leaves a connection open whose records cannot be read any more. What came before the error is read first.
      client.on('error', () => setImmediate(() => client.destroy()));
      onSecure(client);
    });
    server.on('tlsClientError', (error, client) => {
      this.#options.onRefused(
        client.remoteAddress === undefined ? undefined : describePeer(client),
        reasonOf(error, client),
      );
      client.destroy();
    });
    return server;
  }

  #turnAway(client: Socket, reason: string): void {
    this.#options.onRefused(describePeer(client), reason);
    client.destroySoon();
  }
}

// Sessions are long and not resumed: without tickets each is authenticated by itself.
const settings = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;

/** What tells a client from all others, and stays when TLS makes another socket of it. */
function routeOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** OpenSSL's own words; for a certificate that was not accepted they stand at the socket. */
function reasonOf(error: Error, client: TLSSocket): string {
  if (client.authorizationError) return `its certificate is not accepted: ${String(client.authorizationError)}`;
  if (!('reason' in error && typeof error.reason === 'string')) return error.message;
  // BoringSSL, in the standalone executable, gives the same words as a constant: PEER_DID_NOT_RETURN_A_CERTIFICATE.
  return /^[A-Z0-9_]+$/.test(error.reason) ? error.reason.replaceAll('_', ' ').toLowerCase() : error.reason;
}
