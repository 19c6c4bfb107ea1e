// Passes bytes between a client and PostgreSQL, both ways, until both have ended.

import type { Socket } from 'node:net';

/**
 * `pipe` waits when the other side is slow, and turns the end of one direction into the end of the other while bytes still
 * flow the other way. What it leaves open is a side that breaks, so that is done here.
 */
export function relay(client: Socket, backend: Socket): void {
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
