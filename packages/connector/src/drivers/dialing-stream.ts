// A stream that drivers take for a socket: it dials when it is told to connect, and keeps what is written until then.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Opens one authorised connection; its socket is paused and belongs to the caller. */
export type Dial = (signal: AbortSignal) => Promise<{ readonly socket: Socket }>;

type Done = (error?: Error | null) => void;

type State =
  | { readonly at: 'unconnected' }
  /** What is written waits for the socket. */
  | { readonly at: 'dialling'; readonly socket: Promise<Socket> }
  | { readonly at: 'connected'; readonly socket: Socket };

/**
 * Has the methods, events and manners of net.Socket that PostgreSQL drivers rely on. Destroying or ending it before the
 * connection stands gives up the attempt.
 */
export class DialingStream extends Duplex {
  readonly #dial: Dial;
  readonly #abort = new AbortController();
  #state: State = { at: 'unconnected' };
  #keepsProcess = true;

  constructor(dial: Dial) {
    // A server that ends has nothing more to answer, so the stream ends too, as sockets do by default. "close" is emitted
    // below, because a socket's tells whether an error came before it.
    super({ allowHalfOpen: false, autoDestroy: true, emitClose: false });
    this.#dial = dial;
  }

  /** As net.Socket says it. A driver that asks may write from the start: until the connection stands, bytes wait. */
  get readyState(): 'open' | 'closed' {
    return this.destroyed ? 'closed' : 'open';
  }

  /** Port and host that drivers pass are those of their defaults: the instance decides. */
  connect(): this {
    const socket = this.#open();
    this.#state = { at: 'dialling', socket };
    socket.catch((error: Error) => this.destroy(error));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** The dialer has set it on the TCP connection. */
  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#keepsProcess = true;
    if (this.#state.at === 'connected') this.#state.socket.ref();
    return this;
  }

  unref(): this {
    this.#keepsProcess = false;
    if (this.#state.at === 'connected') this.#state.socket.unref();
    return this;
  }

  /** Who ends before the connection stands wants none any more; a dial that went on would leave a session to nobody. */
  override end(...args: readonly unknown[]): this {
    super.end(...(args as Parameters<Duplex['end']>));
    if (this.#state.at === 'dialling') this.destroy();
    return this;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#withSocket(done, (socket) => socket.write(chunk, encoding, done));
  }

  override _final(done: Done): void {
    this.#withSocket(done, (socket) => socket.end(() => done()));
  }

  override _read(): void {
    if (this.#state.at === 'connected') this.#state.socket.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#abort.abort(error ?? new Error('the stream was destroyed'));
    if (this.#state.at === 'connected') this.#state.socket.destroy();
    done(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  async #open(): Promise<Socket> {
    const { socket } = await this.#dial(this.#abort.signal);
    if (this.destroyed) {
      socket.destroy();
      throw new Error('the stream was destroyed');
    }
    this.#state = { at: 'connected', socket };
    if (!this.#keepsProcess) socket.unref();
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    // Without an end before it, this close is an abnormal one; drivers report it as such when the stream closes early.
    socket.once('close', () => {
      if (!socket.readableEnded) this.destroy();
    });
    this.emit('connect');
    return socket;
  }

  /** Runs with the socket at once when there is one. A failed attempt destroys the stream, which answers its writers. */
  #withSocket(done: Done, work: (socket: Socket) => void): void {
    switch (this.#state.at) {
      case 'connected':
        work(this.#state.socket);
        return;
      case 'dialling':
        this.#state.socket.then(work, done);
        return;
      case 'unconnected':
        done(new Error('connect() has not been called'));
    }
  }
}
