// A stretch of network between the proxy and a server that can be cut, slowed or mangled at a chosen moment.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DialPhase, type Mangle, WireLink, type WireFault } from './wire-link.ts';

export interface WireTarget {
  readonly host: string;
  readonly port: number;
}

export interface WireOrder {
  readonly fault: WireFault;
  readonly at: DialPhase;
}

export class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #links = new Set<WireLink>();
  #order: WireOrder | undefined;

  private constructor(server: Server, target: WireTarget, mangle: Mangle | undefined) {
    this.#server = server;
    server.on('connection', (near: Socket) => {
      const link = new WireLink(near, { target, order: this.#order, mangle });
      this.#order = undefined;
      this.#links.add(link);
      near.once('close', () => this.#links.delete(link));
    });
  }

  /**
   * Listens at the target's own address, so that whoever insists on a certificate for what is dialled finds it there.
   *
   * @param mangle replaces every chunk on its way, in both directions.
   */
  static async start(target: WireTarget, mangle?: Mangle): Promise<Wire> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, target.host);
    await once(server, 'listening');
    return new Wire(server, target, mangle);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `HOST:PORT`, for the dial-address of an instance. */
  get dialAddress(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** How many connections the proxy holds here. */
  get open(): number {
    return this.#links.size;
  }

  /** The next connection meets the fault when it comes to the phase; the one after it is in order again. */
  order(order: WireOrder): void {
    this.#order = order;
  }

  /** Breaks what is open now. */
  strike(fault: WireFault): void {
    for (const link of this.#links) link.strike(fault);
  }

  /** Waits until a connection stalls. @throws {Error} after the limit. */
  async stalled(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (![...this.#links].some((link) => link.isStalled)) {
      if (Date.now() > deadline) throw new Error(`nothing stalls on the wire after ${limitMs} ms`);
      await sleep(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) link.strike('reset');
    this.#server.close();
    await once(this.#server, 'close');
  }
}
