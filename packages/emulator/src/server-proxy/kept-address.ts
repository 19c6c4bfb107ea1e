// Keeps a loopback address for a server that does not listen there for a while, so that no other emulator takes it.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Place } from './loopback-address.ts';

export interface KeptAddress {
  release(): void;
}

/** The sign of an address that is kept: a listener at the next port, which goes when the process does. */
export async function keepAddress(place: Place): Promise<KeptAddress> {
  const sign = await putUpSign(place);
  return { release: () => sign?.close() };
}

/** Whether another has put up the sign. */
export async function isKept(place: Place): Promise<boolean> {
  const sign = await putUpSign(place);
  sign?.close();
  return sign === undefined;
}

/** Undefined when there is one. */
async function putUpSign({ address, port }: Place): Promise<Server | undefined> {
  // Nobody is served there.
  const sign = createServer((socket) => socket.destroy()).unref();
  try {
    sign.listen({ host: address, port: port === 65_535 ? port - 1 : port + 1 });
    await once(sign, 'listening');
    return sign;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
