// A port for the server-side proxies of one test file, so that its emulators alone look for addresses with it.

import { createServer } from 'node:net';
import { listen, stopListening } from '../server-proxy/loopback-address.ts';

export async function ownPort(): Promise<number> {
  const probe = createServer();
  const { port } = await listen(probe, { host: '127.0.0.1', port: 0 });
  await stopListening(probe);
  return port;
}
