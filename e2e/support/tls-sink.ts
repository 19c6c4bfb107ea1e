// A server-side proxy without a database: real TLS and a real answer to the metadata exchange, then whatever the test serves.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { ClusterAuthority } from '../../packages/emulator/src/pki/cluster-authority.ts';

export interface SinkOptions {
  /** Gets each connection that has been let through; it owns it, errors have a listener already. */
  readonly serve: (socket: TLSSocket) => void;
  /** Sent in place of the OK of the metadata exchange. */
  readonly reply?: () => Buffer;
}

export interface StaticEntry {
  readonly ipAddress: string;
  readonly pemCertificateChain: readonly string[];
  readonly caCert: string;
}

// Length in four bytes, then field 1 (response_code) = 1 (OK).
export const exchangeOk = Buffer.of(0, 0, 0, 2, 8, 1);
const address = '127.0.0.1';
const dayMs = 24 * 3_600_000;

export class TlsSink implements AsyncDisposable {
  readonly #server: Server;
  readonly #authority: ClusterAuthority;
  readonly #open = new Set<TLSSocket>();
  /** Those below TLS: a handshake that failed leaves its connection open, and the server would never close. */
  readonly #accepted = new Set<Socket>();

  private constructor(server: Server, authority: ClusterAuthority, { serve, reply }: SinkOptions) {
    this.#server = server;
    this.#authority = authority;
    server.on('connection', (socket: Socket) => {
      this.#accepted.add(socket);
      socket.once('close', () => this.#accepted.delete(socket));
    });
    server.on('secureConnection', (socket) => {
      this.#open.add(socket);
      // Node leaves a connection open that an alert or a broken record has ended.
      socket.on('error', () => socket.destroy()).once('close', () => this.#open.delete(socket));
      void this.#greet(socket, reply).then((served) => {
        if (served) serve(socket);
      });
    });
  }

  static async start(options: SinkOptions): Promise<TlsSink> {
    const authority = await ClusterAuthority.create({ now: Date.now });
    const { certificate, key, trustedRoot } = await authority.issueServer({ uid: 'sink', names: [address] });
    const server = createServer({
      cert: certificate,
      key,
      ca: trustedRoot,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      allowHalfOpen: true,
      noDelay: true,
    });
    // Broken handshakes are what some tests are about.
    server.on('tlsClientError', () => undefined);
    server.listen({ port: 0, host: address, backlog: 4096 });
    await once(server, 'listening');
    return new TlsSink(server, authority, options);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `HOST:PORT`, for the dial-address of an instance. */
  get dialAddress(): string {
    return `${address}:${this.port}`;
  }

  get open(): number {
    return this.#open.size;
  }

  /** What stands for this server in a file for --static-connection-info that has this private key. */
  async staticEntry(privateKeyPem: string): Promise<StaticEntry> {
    const publicKey = createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' });
    return { ipAddress: address, ...(await this.clientChain(publicKey.toString(), dayMs)) };
  }

  /** A certificate that this server lets in, as the Admin API issues it. */
  async clientChain(publicKeyPem: string, lifeMs: number): Promise<Omit<StaticEntry, 'ipAddress'>> {
    const spki = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
    return this.#authority.issueClient({ spki: new Uint8Array(spki), lifeMs, useMetadataExchange: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [...this.#open, ...this.#accepted]) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Reads the request of the exchange, whatever it says, and answers. False when the client left meanwhile. */
  async #greet(socket: TLSSocket, reply: () => Buffer = () => exchangeOk): Promise<boolean> {
    let seen = Buffer.alloc(0);
    while (seen.length < 4 || seen.length < 4 + seen.readUInt32BE(0)) {
      if (socket.destroyed || socket.readableEnded) return false;
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) seen = Buffer.concat([seen, chunk]);
      else if (!(await readableOrGone(socket))) return false;
    }
    const behind = seen.subarray(4 + seen.readUInt32BE(0));
    if (behind.length > 0) socket.unshift(behind);
    return socket.write(reply()) || !socket.destroyed;
  }
}

async function readableOrGone(socket: TLSSocket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onReadable = (): void => resolve(true);
  const onGone = (): void => resolve(false);
  socket.once('readable', onReadable).once('end', onGone).once('close', onGone);
  try {
    return await promise;
  } finally {
    socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
  }
}
