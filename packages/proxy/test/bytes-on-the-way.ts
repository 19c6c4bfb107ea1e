// A client's way to the listener on which a test changes what TLS sends: cut into packets, or followed by other bytes.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface WayOptions {
  /** Length of the first packet of the first write. */
  readonly splitAt?: number;
  /** Goes out in one packet with the client's second write, which completes a handshake of TLS 1.3. */
  readonly behindHandshake?: Buffer;
}

export class BytesOnTheWay extends Duplex {
  readonly #socket: Socket;
  readonly #options: WayOptions;
  #writes = 0;

  constructor(socket: Socket, options: WayOptions) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.push(chunk));
    socket.once('end', () => this.push(null)).once('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writes += 1;
    const { splitAt, behindHandshake } = this.#options;
    if (this.#writes === 1 && splitAt !== undefined) {
      this.#socket.write(chunk.subarray(0, splitAt));
      void nextTurn().then(() => this.#socket.write(chunk.subarray(splitAt), done));
      return;
    }
    const last = this.#writes === 2 && behindHandshake !== undefined;
    this.#socket.write(last ? Buffer.concat([chunk, behindHandshake]) : chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
