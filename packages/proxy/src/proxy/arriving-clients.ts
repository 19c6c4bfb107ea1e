// Clients that have come and not encrypted their connection yet: they hold a descriptor each, and no place among the sessions.

import type { Socket } from 'node:net';

interface Arriving {
  readonly client: Socket;
  readonly onTooMany: () => void;
}

/** Those of all listeners together, in the order in which they came. */
export class ArrivingClients {
  readonly #most: number;
  readonly #clients = new Map<string, Arriving>();

  /** @param most Beyond it whoever has been here longest is disconnected. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#clients.size;
  }

  /**
   * @param onTooMany Called before it is disconnected to make room for others.
   * @returns What takes it out again, once it has gone another way. Idempotent.
   */
  enter(client: Socket, onTooMany: () => void): () => void {
    const [longest] = this.#clients;
    if (longest !== undefined && this.#clients.size >= this.#most) {
      const [key, arriving] = longest;
      this.#clients.delete(key);
      arriving.onTooMany();
      arriving.client.destroy();
    }
    const key = keyOf(client);
    this.#clients.set(key, { client, onTooMany });
    return () => {
      if (this.#clients.get(key)?.client === client) this.#clients.delete(key);
    };
  }

  /** Whoever it was when it came: TLS makes another socket of it. */
  hasEncrypted(client: Socket): void {
    this.#clients.delete(keyOf(client));
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
