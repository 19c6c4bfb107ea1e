// One connection over a wire: forwards both ways until its fault happens.

import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What the proxy sees of the other side:
 * - `reset`: RST, nothing more.
 * - `fin`: the end without a goodbye of TLS; what is sent there afterwards is answered by RST.
 * - `half-close`: the end, while what the proxy sends still arrives.
 * - `stall`: silence in both directions.
 * - `drip`: bytes one at a time, for a while.
 * - `truncate`: half of the next record, and then the end.
 */
export const wireFaults = ['reset', 'fin', 'half-close', 'stall', 'drip', 'truncate'] as const;
export type WireFault = (typeof wireFaults)[number];

/** Moments that a wire can tell by itself: the connection was made; the server's first bytes come; its first bytes after the handshake come. */
export const dialPhases = ['connect', 'TLS', 'exchange'] as const;
export type DialPhase = (typeof dialPhases)[number];

export type Mangle = (chunk: Buffer, direction: 'up' | 'down') => Buffer;

export interface WireLinkOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly order: { readonly fault: WireFault; readonly at: DialPhase } | undefined;
  readonly mangle: Mangle | undefined;
}

type State =
  | { readonly at: 'open' }
  | { readonly at: 'dripping'; readonly left: number }
  | { readonly at: 'truncating' }
  /** What the server says is thrown away; the way up stays open. */
  | { readonly at: 'half-closed' }
  /** Nothing comes through. What the proxy sends is read and thrown away: a socket that is not read does not hear the end either. */
  | { readonly at: 'stalled' }
  | { readonly at: 'over' };

// A whole handshake, or the first rows of a result: long enough to cut every message into bytes, and over in a second.
const drippedBytes = 4096;

export class WireLink {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #options: WireLinkOptions;
  #state: State = { at: 'open' };
  #phase: DialPhase = 'connect';
  #order: WireLinkOptions['order'];

  /** @param near the connection that the proxy has opened. */
  constructor(near: Socket, options: WireLinkOptions) {
    this.#near = near;
    this.#options = options;
    this.#order = options.order;
    this.#far = connect({ ...options.target, allowHalfOpen: true, noDelay: true });
    // Resets are what this is about; whoever is told of them is at the ends of the wire.
    for (const socket of [near, this.#far]) socket.on('error', () => undefined);
    near.on('data', (chunk: Buffer) => void this.#up(chunk)).once('end', () => this.#nearEnded());
    this.#far.on('data', (chunk: Buffer) => void this.#down(chunk));
    this.#far.once('end', () => {
      if (this.#state.at !== 'stalled') near.end();
    });
    near.once('close', () => this.#leave());
    this.#far.once('close', () => {
      if (this.#state.at !== 'stalled') near.destroySoon();
    });
    this.#reach('connect');
  }

  get isStalled(): boolean {
    return this.#state.at === 'stalled';
  }

  strike(fault: WireFault): void {
    switch (fault) {
      case 'reset':
        this.#enter({ at: 'over' });
        this.#near.resetAndDestroy();
        this.#leave();
        break;
      case 'fin':
        this.#enter({ at: 'over' });
        this.#near.destroySoon();
        this.#leave();
        break;
      case 'half-close':
        this.#enter({ at: 'half-closed' });
        this.#near.end();
        break;
      case 'stall':
        this.#enter({ at: 'stalled' });
        this.#far.pause();
        break;
      case 'drip':
        this.#enter({ at: 'dripping', left: drippedBytes });
        break;
      case 'truncate':
        this.#enter({ at: 'truncating' });
        break;
    }
  }

  /** A server in the middle of a handshake may take a FIN for a pause; nobody overlooks a reset. */
  #leave(): void {
    // Node leaves a socket open when it is reset in the middle of its own end.
    if (this.#far.writableEnded) this.#far.destroySoon();
    else this.#far.resetAndDestroy();
  }

  #nearEnded(): void {
    const forwards = this.#state.at === 'open' || this.#state.at === 'dripping';
    // There is no half-closed handshake: who ends one has left, and a server that waits for more would keep both sides.
    if (forwards && this.#phase === 'exchange') this.#far.end();
    else this.#near.destroySoon();
  }

  /** The one place where the state changes. What is over stays over. */
  #enter(next: State): void {
    if (this.#state.at !== 'over') this.#state = next;
  }

  #reach(phase: DialPhase): void {
    this.#phase = phase;
    if (this.#order?.at !== phase) return;
    const { fault } = this.#order;
    this.#order = undefined;
    this.strike(fault);
  }

  async #up(chunk: Buffer): Promise<void> {
    // The proxy speaks again after the server's part of the handshake: with TLS 1.3 its own part is now done.
    if (this.#phase === 'TLS') this.#reach('exchange');
    if (this.#state.at === 'over' || this.#state.at === 'stalled') return;
    await this.#pass(chunk, 'up');
  }

  async #down(chunk: Buffer): Promise<void> {
    if (this.#phase === 'connect') this.#reach('TLS');
    switch (this.#state.at) {
      case 'open':
        return this.#pass(chunk, 'down');
      case 'dripping':
        return this.#drip(chunk, this.#state.left);
      case 'truncating':
        this.#near.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
        return this.strike('fin');
      case 'half-closed':
      case 'stalled':
      case 'over':
        return undefined;
    }
  }

  async #pass(chunk: Buffer, direction: 'up' | 'down'): Promise<void> {
    const [from, to] = direction === 'up' ? [this.#near, this.#far] : [this.#far, this.#near];
    const bytes = this.#options.mangle?.(chunk, direction) ?? chunk;
    if (to.destroyed || to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (this.#state.at !== 'stalled') from.resume();
    });
  }

  async #drip(chunk: Buffer, left: number): Promise<void> {
    this.#far.pause();
    for (const byte of chunk.subarray(0, left)) {
      this.#near.write(Buffer.of(byte));
      await nextTurn();
    }
    const rest = left - chunk.length;
    if (this.#state.at === 'dripping') this.#enter(rest > 0 ? { at: 'dripping', left: rest } : { at: 'open' });
    if (rest < 0) await this.#pass(chunk.subarray(left), 'down');
    if (!this.#near.writableNeedDrain) this.#far.resume();
  }
}
