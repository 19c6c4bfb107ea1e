// Clients that are being told why they cannot be served: each has some time to listen, and all together have little room.

import type { Socket } from 'node:net';
import { type RefusalOptions, refuse } from '../postgres/refusal.ts';
import { ClientRoom } from './client-room.ts';
import { mostReserved } from './descriptor-limit.ts';

/** Half of what is kept back of the descriptors; Admin API calls and name lookups have the other half. */
const defaultMost = mostReserved / 2;

/**
 * A client is told only once it has said hello, and may take seconds for that. One that says nothing must not keep a
 * descriptor from those that are served: when the room is full, whoever has been there longest goes without a word.
 */
export class RefusalRoom {
  readonly #clients: ClientRoom<Socket>;

  constructor(most: number = defaultMost) {
    this.#clients = new ClientRoom(most);
  }

  get size(): number {
    return this.#clients.size;
  }

  /** As `refuse` of postgres/refusal.ts; never rejects. */
  async refuse(client: Socket, options: RefusalOptions): Promise<Buffer | undefined> {
    const leave = this.#clients.enter(client, client);
    try {
      return await refuse(client, options);
    } finally {
      leave();
    }
  }
}
