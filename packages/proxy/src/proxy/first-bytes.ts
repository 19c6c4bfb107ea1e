// Holds what a client sends before its instance is connected, and notices a client that leaves meanwhile.

import type { Socket } from 'node:net';
import { canGoOnWithoutClient } from '../postgres/startup.ts';

// A startup message and a little more. Beyond it the client waits, as it would for a slow server.
const mostHeld = 64 * 1024;

export class FirstBytes {
  readonly #client: Socket;
  readonly #onHangUp: () => void;
  #held: Buffer[];
  #length = 0;

  /**
   * @param onHangUp called when the client has gone before it was released.
   * @param held what the client has sent already, in order.
   */
  constructor(client: Socket, onHangUp: () => void, held: readonly Buffer[] = []) {
    this.#client = client;
    this.#onHangUp = onHangUp;
    this.#held = [...held];
    client.on('data', this.#onData);
    client.once('end', this.#onEnd);
    client.once('close', onHangUp);
  }

  /** Stops holding. The bytes held, in order, are the caller's to deliver; the client is left paused. */
  release(): readonly Buffer[] {
    this.#client.off('data', this.#onData);
    this.#client.off('end', this.#onEnd);
    this.#client.off('close', this.#onHangUp);
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

  /** To stop sending is not yet to leave: a cancel request is often sent so. */
  readonly #onEnd = (): void => {
    if (!canGoOnWithoutClient(Buffer.concat(this.#held))) this.#onHangUp();
  };
}
