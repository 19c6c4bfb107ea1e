// Holds what a client sends before its instance is connected, and notices a client that leaves meanwhile.

import type { Socket } from 'node:net';
import { canGoOnWithoutClient, readGreeting } from '../postgres/startup.ts';

// A startup message and a little more. Beyond it the client waits, as it would for a slow server.
const mostHeld = 64 * 1024;

export interface FirstBytesOptions {
  /** Called when the client has gone before it was released. */
  readonly onHangUp: () => void;
  /** Called when the client turns out to want a cancellation only. */
  readonly onCancelRequest?: () => void;
  /** What the client has sent already, in order. */
  readonly held?: readonly Buffer[];
}

export class FirstBytes {
  readonly #client: Socket;
  readonly #options: FirstBytesOptions;
  #held: Buffer[];
  #length = 0;

  constructor(client: Socket, options: FirstBytesOptions) {
    this.#client = client;
    this.#options = options;
    this.#held = [...(options.held ?? [])];
    client.on('data', this.#onData);
    client.once('end', this.#onEnd);
    client.once('close', options.onHangUp);
    // Whoever had it before may have left it paused.
    client.resume();
  }

  /** Whether what has come so far is a request to cancel a query of another connection. */
  get isCancelRequest(): boolean {
    return readGreeting(Buffer.concat(this.#held)).message.kind === 'cancel-request';
  }

  /** Stops holding. The bytes held, in order, are the caller's to deliver; the client is left paused. */
  release(): readonly Buffer[] {
    this.#client.off('data', this.#onData);
    this.#client.off('end', this.#onEnd);
    this.#client.off('close', this.#options.onHangUp);
    this.#client.pause();
    const held = this.#held;
    this.#held = [];
    return held;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#held.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= mostHeld) this.#client.pause();
    if (this.#options.onCancelRequest !== undefined && this.isCancelRequest) this.#options.onCancelRequest();
  };

  /** To stop sending is not yet to leave: a cancel request is often sent so. */
  readonly #onEnd = (): void => {
    if (!canGoOnWithoutClient(Buffer.concat(this.#held))) this.#options.onHangUp();
  };
}
