// Passes bytes between a client and PostgreSQL, both ways, until both have ended or the relay is broken on order.

import type { Socket } from 'node:net';

/**
 * How an established session can be broken:
 * - `reset`: the client's TCP connection is reset.
 * - `close`: both directions end, as when a server stops in good order.
 * - `half-close`: the client hears the end, but what it still sends goes on to PostgreSQL.
 * - `stall`: nothing comes any more, and what the client sends leads nowhere.
 */
export const BREAKS = ['reset', 'close', 'half-close', 'stall'] as const;
export type BreakHow = (typeof BREAKS)[number];

export interface RelayParts {
  readonly client: Socket;
  readonly backend: Socket;
  /** Resets the TCP connection to the client. */
  readonly reset: () => void;
}

export class Relay {
  readonly #parts: RelayParts;

  /**
   * `pipe` waits when the other side is slow, and turns the end of one direction into the end of the other while bytes still
   * flow the other way. What it leaves open is a side that breaks, so that is done here.
   */
  constructor(parts: RelayParts) {
    this.#parts = parts;
    const { client, backend } = parts;
    // The client may have gone while PostgreSQL was being reached.
    if (client.destroyed) {
      backend.destroy();
      return;
    }
    client.pipe(backend);
    backend.pipe(client);
    // A client that is gone needs no more answers. PostgreSQL may have written last words before it broke.
    client.once('close', () => {
      if (!client.readableEnded || client.errored) backend.destroy();
    });
    backend.once('close', () => {
      if (!backend.readableEnded || backend.errored) client.destroySoon();
    });
  }

  break(how: BreakHow): void {
    const { client, backend, reset } = this.#parts;
    switch (how) {
      case 'reset':
        reset();
        break;
      case 'close':
        this.#silenceBackend();
        client.destroySoon();
        backend.destroy();
        break;
      case 'half-close':
        this.#silenceBackend();
        client.end();
        break;
      case 'stall':
        this.#silenceBackend();
        client.unpipe(backend);
        // Reads on, so that the client's end is noticed.
        client.resume();
        client.once('end', () => {
          client.end();
          backend.destroy();
        });
        break;
    }
  }

  /** PostgreSQL may go on talking, but the client hears no more of it. */
  #silenceBackend(): void {
    const { client, backend } = this.#parts;
    backend.unpipe(client);
    backend.resume();
  }
}
