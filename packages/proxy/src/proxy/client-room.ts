// Room for clients that hold a descriptor each, and no place among the sessions.

import type { Socket } from 'node:net';

interface Guest {
  readonly client: Socket;
  readonly onTooMany: (() => void) | undefined;
}

export class ClientRoom<Key> {
  /** How many there may be. */
  readonly most: number;
  /** In the order in which they came. */
  readonly #guests = new Map<Key, Guest>();

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.#guests.size;
  }

  /**
   * When the room is full, whoever has been there longest is disconnected.
   *
   * @param onTooMany Called if that happens to this one, before it is disconnected.
   * @returns What takes it out again, once it has gone another way. Idempotent.
   */
  enter(key: Key, client: Socket, onTooMany?: () => void): () => void {
    const [longest] = this.#guests;
    if (longest !== undefined && this.#guests.size >= this.most) {
      const [first, guest] = longest;
      // At once, not when it is told of its end: who else comes in this turn makes somebody else leave.
      this.#guests.delete(first);
      guest.onTooMany?.();
      guest.client.destroy();
    }
    this.#guests.set(key, { client, onTooMany });
    return () => {
      if (this.#guests.get(key)?.client === client) this.#guests.delete(key);
    };
  }

  leave(key: Key): void {
    this.#guests.delete(key);
  }
}
