// What the `pg` driver takes in place of a host: a function that makes a stream, which dials when it is told to connect.

import { Duplex } from 'node:stream';
import type { Connection } from '../dial/dialer.ts';

export interface PgStreamOptions {
  /** Makes one unconnected stream; `pg` calls its `connect()`. */
  readonly stream: () => Duplex;
}

type Dial = (signal: AbortSignal) => Promise<Connection>;
type Done = (error?: Error | null) => void;

export function pgStream(dial: Dial): PgStreamOptions {
  return { stream: () => new DialingStream(dial) };
}

/**
 * A stream with the methods of net.Socket that `pg` calls. Before the connection stands, what is written waits, and
 * destroying the stream ends the attempt.
 */
class DialingStream extends Duplex {
  readonly #dial: Dial;
  readonly #abort = new AbortController();
  #connected: Promise<Connection['socket']> | undefined;
  #socket: Connection['socket'] | undefined;
  #keepsProcess = true;

  constructor(dial: Dial) {
    super({ allowHalfOpen: true, autoDestroy: true });
    this.#dial = dial;
  }

  /** Port and host that `pg` passes are those of its defaults: the instance decides. */
  connect(): this {
    this.#connected = this.#open();
    this.#connected.catch((error: Error) => this.destroy(error));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#keepsProcess = true;
    this.#socket?.ref();
    return this;
  }

  unref(): this {
    this.#keepsProcess = false;
    this.#socket?.unref();
    return this;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#withSocket(done, (socket) => socket.write(chunk, encoding, done));
  }

  override _final(done: Done): void {
    this.#withSocket(done, (socket) => socket.end(() => done()));
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#abort.abort(error ?? new Error('the stream was destroyed'));
    this.#socket?.destroy();
    done(error);
  }

  async #open(): Promise<Connection['socket']> {
    const { socket } = await this.#dial(this.#abort.signal);
    if (this.destroyed) {
      socket.destroy();
      throw new Error('the stream was destroyed');
    }
    this.#socket = socket;
    if (!this.#keepsProcess) socket.unref();
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    // Without an end before it, this close is an abnormal one; `pg` reports it as such when the stream closes early.
    socket.once('close', () => {
      if (!socket.readableEnded) this.destroy();
    });
    this.emit('connect');
    return socket;
  }

  /** Runs with the socket at once when there is one. A failed attempt destroys the stream, which answers its writers. */
  #withSocket(done: Done, work: (socket: Connection['socket']) => void): void {
    if (this.#socket !== undefined) {
      work(this.#socket);
      return;
    }
    if (this.#connected === undefined) {
      done(new Error('connect() has not been called'));
      return;
    }
    this.#connected.then(work, done);
  }
}
