// Holds what a client sends before its instance is connected, and notices a client that leaves meanwhile.

import type { Socket } from 'node:net';

// A startup message and a little more. Beyond it the client waits, as it would for a slow server.
const mostHeld = 64 * 1024;

export class FirstBytes {
  readonly #client: Socket;
  readonly #gone = new AbortController();
  #held: Buffer[] = [];
  #length = 0;

  constructor(client: Socket) {
    this.#client = client;
    client.on('data', this.#onData);
    client.once('end', this.#onGone);
    client.once('close', this.#onGone);
  }

  /** Aborts when the client hangs up. A PostgreSQL client that has not been answered has no reason to stop sending. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Stops holding. The bytes held, in order, are the caller's to deliver; the client is left paused. */
  release(): readonly Buffer[] {
    this.#client.off('data', this.#onData);
    this.#client.off('end', this.#onGone);
    this.#client.off('close', this.#onGone);
    this.#client.pause();
    const held = this.#held;
    this.#held = [];
    return held;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#held.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= mostHeld) this.#client.pause();
  };

  readonly #onGone = (): void => this.#gone.abort(new Error('the client hung up'));
}
