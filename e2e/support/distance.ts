// A stretch of network that takes its time, and counts the round trips that go over it.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface DistanceOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** From one end to the other and back, in milliseconds. */
  readonly roundTripMs: number;
}

export class Distance implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #roundTrips = 0;

  private constructor(server: Server, options: DistanceOptions) {
    this.#server = server;
    server.on('connection', (near: Socket) => this.#carry(near, options));
  }

  static async start(options: DistanceOptions): Promise<Distance> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Distance(server, options);
  }

  /** `HOST:PORT`, for the dial-address of an instance. */
  get dialAddress(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get open(): number {
    return this.#open.size;
  }

  /** How often somebody had to wait for the other end so far, all connections together; one for each TCP handshake. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Breaks what is open now. */
  reset(): void {
    for (const near of this.#open) near.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(near: Socket, { target, roundTripMs }: DistanceOptions): void {
    this.#open.add(near);
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.once('close', () => {
      this.#open.delete(near);
      far.destroy();
    });
    far.once('close', () => near.destroySoon());
    // The handshake of TCP, which is over at once here, is paid by the first bytes.
    this.#roundTrips += 1;
    let isAnswered = true;
    let handshakeMs = roundTripMs;
    near.on('data', (chunk: Buffer) => {
      if (isAnswered) this.#roundTrips += 1;
      isAnswered = false;
      setTimeout(() => far.write(chunk), handshakeMs + roundTripMs / 2);
      handshakeMs = 0;
    });
    near.once('end', () => setTimeout(() => far.end(), roundTripMs / 2));
    far.on('data', (chunk: Buffer) => {
      isAnswered = true;
      setTimeout(() => near.write(chunk), roundTripMs / 2);
    });
    far.once('end', () => setTimeout(() => near.end(), roundTripMs / 2));
  }
}
