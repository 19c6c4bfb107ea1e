// Starts a server and waits until it listens, or cannot.

import type { Server } from 'node:net';

/** Rejects with the system's error. The address is bound, where no name has to be resolved, before this returns. */
export async function listening(
  server: Server,
  place: { readonly host: string; readonly port: number } | { readonly path: string } | { readonly fd: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).once('listening', resolve);
  server.listen(place);
  try {
    await promise;
  } finally {
    server.off('error', reject).off('listening', resolve);
  }
}
